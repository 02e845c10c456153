-- The words for what came with papers and with the owner's code.
insert into reason_templates values
  ('paper_missing', '2026-03-21', 'مدرک این مورد بارگذاری نشده است.', 'The paper of this item was not uploaded.', 'تصویر مدرک را در همین پرونده بارگذاری کنید.', 'Upload the paper to this case.'),
  ('not_confirmed', '2026-03-21', 'مالک هنوز آن را با کد پیامکی تأیید نکرده است.', 'The owner has not confirmed it by the code yet.', 'کدی را که به همراه مالک پیامک می‌شود به کارمند ثبت‌نام بگویید.', 'Tell the clerk the code that is sent to the owner’s mobile.');
