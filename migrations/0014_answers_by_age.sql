-- Old answers are removed by age, and nothing else is read.
create index idempotent_answer_by_age on idempotent_answer (created_at);
