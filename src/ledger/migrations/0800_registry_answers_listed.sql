-- What registries said last, over all cases (GET /registries/answers): by registry and verdict, the newest first.
create index registry_answers_said on registry_answers (registry, verdict, answer_id desc);
