-- What use costs: prices with their history, budgets and the calls under way, and the time that capsules run.

-- What a model costs from a moment on. A price is added, never changed; one that nothing was charged by may go.
create table prices (
  id bigint generated always as identity primary key,
  org_id uuid not null references orgs,
  -- As the organization calls it.
  provider text not null,
  -- As the provider calls it.
  model text not null,
  -- Micro-dollars for a million tokens of each kind.
  input_micros bigint not null check (input_micros between 0 and 10000000000),
  cached_micros bigint not null check (cached_micros between 0 and 10000000000),
  cache_write_micros bigint not null check (cache_write_micros between 0 and 10000000000),
  output_micros bigint not null check (output_micros between 0 and 10000000000),
  reasoning_micros bigint not null check (reasoning_micros between 0 and 10000000000),
  valid_from timestamptz not null,
  created_by uuid not null references members,
  created_at timestamptz not null default now(),
  unique (org_id, provider, model, valid_from)
);

alter table usage
  -- The member's at the time: who changes role takes no spend along.
  add column role_id uuid references roles,
  -- Null where no price was valid: the provider said itself what it cost, or nobody knows.
  add column price_id bigint references prices,
  -- In micro-dollars; null while nobody knows it, final once it is known.
  add column cost_micros bigint check (cost_micros >= 0);
update usage u set role_id = m.role_id from members m where m.id = u.member_id;
update usage u set app_id = s.app_id, credential_id = s.credential_id
  from sessions s where s.id = u.session_id and u.app_id is null
    and exists (select 1 from credentials c where c.id = s.credential_id);
update usage u set provider = c.provider from credentials c where c.id = u.credential_id and u.provider is null;
update usage set provider = '' where provider is null;
alter table usage alter column role_id set not null, alter column provider set not null;

create index usage_period on usage (org_id, at);
create index usage_member_period on usage (member_id, at);
create index usage_model on usage (org_id, provider, model, at);
create index usage_price on usage (price_id) where price_id is not null;

create function usage_cost(used usage, price prices) returns bigint language sql immutable as $$
  select round((used.input_tokens::numeric * price.input_micros
              + used.cached_tokens::numeric * price.cached_micros
              + used.cache_write_tokens::numeric * price.cache_write_micros
              + used.output_tokens::numeric * price.output_micros
              + used.reasoning_tokens::numeric * price.reasoning_micros) / 1000000)::bigint
$$;

create function refuse_recosting() returns trigger language plpgsql as $$
begin
  raise exception 'What a call cost is final.' using errcode = 'insufficient_privilege';
end $$;
create trigger usage_cost_is_final before update on usage for each row
  when (old.cost_micros is not null and
        (new.cost_micros is distinct from old.cost_micros or new.price_id is distinct from old.price_id))
  execute function refuse_recosting();
alter table usage enable always trigger usage_cost_is_final;

-- Sums of `usage` that budgets are held to, kept in the transaction of each row. Months are UTC's.
create table spend_months (
  org_id uuid not null references orgs,
  month date not null,
  member_id uuid not null references members,
  role_id uuid not null references roles,
  micros bigint not null,
  primary key (org_id, month, member_id, role_id)
);

create table budgets (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  -- All of the organization, everybody with a role together, or one member; for each month anew.
  scope text not null check (scope in ('org', 'role', 'member')),
  role_id uuid references roles check ((scope = 'role') = (role_id is not null)),
  member_id uuid references members check ((scope = 'member') = (member_id is not null)),
  limit_micros bigint check (limit_micros >= 0),
  limit_seconds bigint check (limit_seconds >= 0),
  warn_percent int not null check (warn_percent between 1 and 100),
  changed_by uuid not null references members,
  changed_at timestamptz not null default now(),
  check (limit_micros is not null or limit_seconds is not null)
);
create unique index budgets_scope on budgets (org_id, scope, coalesce(member_id, role_id, org_id));

-- What was told already: once a month for each, and anew when the budget is changed.
create table budget_crossings (
  budget_id uuid not null references budgets on delete cascade,
  month date not null,
  of text not null check (of in ('money', 'time')),
  level text not null check (level in ('warn', 'stop')),
  at timestamptz not null default now(),
  primary key (budget_id, month, of, level)
);

-- Calls under way, by what they may cost; gone when they are recorded, and worth nothing after a while.
create table spend_reservations (
  call_id uuid primary key,
  org_id uuid not null references orgs,
  member_id uuid not null references members,
  role_id uuid not null references roles,
  micros bigint not null check (micros >= 0),
  at timestamptz not null default now()
);
create index spend_reservations_org on spend_reservations (org_id);

-- A capsule's time in somebody's use. `seen_at` is carried on while it runs, so a killed bridge loses little of it.
create table runtime_spans (
  id uuid primary key,
  org_id uuid not null references orgs,
  app_id uuid references apps,
  environment text check (environment in ('DEV', 'TEST', 'PROD')),
  member_id uuid not null references members,
  role_id uuid not null references roles,
  session_id uuid references sessions,
  capsule_id text not null,
  kind text not null check (kind in ('agent', 'shell', 'preview', 'deploy')),
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  ended_at timestamptz,
  check (seen_at >= started_at)
);
create index runtime_spans_period on runtime_spans (org_id, seen_at);

-- How long OpenCode worked is read off the ends of turns.
create index session_events_turn_ends on session_events (at) where happening->>'type' = 'turn-end';
