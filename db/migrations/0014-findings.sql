-- What reviews leave in the code, and the slash commands that an organization adds.

create table findings (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  workspace_id uuid not null references workspaces,
  file_id uuid not null references files,
  -- Where it was when the finding was left, for when the file is gone.
  path text not null,
  severity text not null check (severity in ('error', 'warning', 'info')),
  message text not null check (length(message) between 1 and 2000),
  quote text not null,
  -- Relative positions into the file's main document: they name characters, so the finding moves with its text.
  anchor_from jsonb not null,
  anchor_to jsonb not null,
  member_id uuid not null references members,
  session_id uuid not null references sessions,
  call_id text not null,
  state text not null default 'open' check (state in ('open', 'resolved')),
  resolved_by uuid references members,
  resolved_at timestamptz,
  at timestamptz not null default now(),
  unique (session_id, call_id),
  check ((state = 'resolved') = (resolved_by is not null and resolved_at is not null))
);
create index findings_workspace on findings (workspace_id, state, at);

create table finding_replies (
  id uuid primary key default gen_random_uuid(),
  finding_id uuid not null references findings,
  org_id uuid not null references orgs,
  member_id uuid not null references members,
  text text not null check (length(text) between 1 and 4000),
  at timestamptz not null default now()
);
create index finding_replies_finding on finding_replies (finding_id, at);

create table org_commands (
  org_id uuid not null references orgs,
  name text not null check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  description text not null check (length(description) between 1 and 120),
  template text not null check (length(template) between 1 and 8000),
  changed_by uuid not null references members,
  changed_at timestamptz not null default now(),
  primary key (org_id, name)
);
