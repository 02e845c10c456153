-- How many breaks a file raised, of how many rials: one that is taken away later is missed. $1 file.
update acquirer_files set (breaks, break_rials) = (select count(*), coalesce(sum(rials), 0) from breaks where raised_by = $1)
 where file_id = $1
