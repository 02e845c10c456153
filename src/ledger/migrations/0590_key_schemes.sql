-- key_scheme was kept and never read, so that it could say anything. It says now which key scheme a terminal must keep to (decision 35);
-- what is none says nothing.
update terminals set key_scheme = null where key_scheme not in ('01', '02', '03', '04');
alter table terminals add constraint terminals_key_scheme check (key_scheme in ('01', '02', '03', '04'));
