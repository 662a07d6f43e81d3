create table account (
  owner text primary key,
  cents bigint not null constraint balance_is_not_negative check (cents >= 0)
);
