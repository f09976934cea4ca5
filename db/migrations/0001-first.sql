-- The whole first schema. Ids are opaque UUIDs; every row that belongs to an org says so, to partition by.

create table orgs (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);
-- One organization an installation, for now: the first visit creates it, and a race cannot create two.
create unique index orgs_single on orgs ((true));

create table roles (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  key text not null,
  name text not null,
  summary text not null default '',
  built_in boolean not null default false,
  grants text[] not null,
  position int not null default 0,
  unique (org_id, key)
);

create table members (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  kind text not null check (kind in ('person', 'service')),
  name text not null,
  email text not null,
  password_hash text,
  role_id uuid not null references roles,
  -- 0..359; the colour of this person's cursor and avatar.
  hue int not null,
  -- Raised by every change of authority: an append locks this row and compares.
  grant_epoch bigint not null default 1,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);
create unique index members_email on members (org_id, lower(email)) where removed_at is null;

create table invitations (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  token_sha256 bytea not null unique,
  role_id uuid not null references roles,
  email text,
  invited_by uuid not null references members,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_by uuid references members,
  revoked_at timestamptz
);

create table sign_ins (
  id_sha256 bytea primary key,
  member_id uuid not null references members,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sign_ins_member on sign_ins (member_id);

create table apps (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  slug text not null,
  name text not null,
  created_by uuid not null references members,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  deleted_at timestamptz
);
create unique index apps_slug on apps (org_id, slug) where deleted_at is null;

create table workspaces (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  app_id uuid not null unique references apps,
  created_at timestamptz not null default now()
);

-- Which process is the home of a workspace. The fence only grows; an append under an older one is refused.
create table workspace_leases (
  workspace_id uuid primary key references workspaces,
  holder text not null,
  fence bigint not null,
  expires_at timestamptz not null
);

create table files (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces,
  created_at timestamptz not null default now()
);
create index files_workspace on files (workspace_id);

create table blobs (
  sha256 bytea primary key,
  size bigint not null,
  bytes bytea not null,
  created_at timestamptz not null default now()
);

create table sessions (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  app_id uuid not null references apps,
  workspace_id uuid not null references workspaces,
  member_id uuid not null references members,
  environment text not null check (environment in ('DEV', 'TEST', 'PROD')),
  credential_id uuid not null,
  model text not null,
  model_label text not null,
  propose_first boolean not null default false,
  state text not null default 'starting',
  capsule_id text,
  isolated boolean not null default false,
  opencode_id text,
  opened_at timestamptz not null default now(),
  closed_at timestamptz
);
create index sessions_app on sessions (app_id, opened_at desc);

create table session_events (
  session_id uuid not null references sessions,
  seq bigint not null,
  at timestamptz not null default now(),
  happening jsonb not null,
  primary key (session_id, seq)
);

-- One intent's edits: an agent turn, a person's suggestion, a command.
create table patches (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  app_id uuid not null references apps,
  workspace_id uuid not null references workspaces,
  short_id text not null,
  intent_id text not null,
  title text not null,
  proposer_id uuid not null,
  member_id uuid not null references members,
  session_id uuid references sessions,
  state text not null check (state in
    ('draft', 'pending', 'partly-approved', 'approved', 'rejected', 'withdrawn', 'landed')),
  rule text not null default '',
  why text not null default '',
  obligations text[] not null default '{}',
  created_at timestamptz not null default now(),
  submitted_at timestamptz,
  resolved_at timestamptz,
  unique (app_id, short_id),
  unique (workspace_id, proposer_id, intent_id)
);
create index patches_open on patches (workspace_id, created_at desc);

-- Pending creates, renames and deletes, and every hunk that was decided.
create table hunks (
  id uuid primary key default gen_random_uuid(),
  patch_id uuid not null references patches,
  workspace_id uuid not null references workspaces,
  proposer_id uuid not null,
  file_id uuid not null references files,
  path text not null,
  kind text not null check (kind in ('text', 'create', 'rename', 'delete')),
  state text not null check (state in ('open', 'approved', 'rejected', 'stale')),
  digest text not null,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  decided_by uuid references members,
  decided_at timestamptz,
  rule text
);
create index hunks_open on hunks (workspace_id) where state = 'open';
create index hunks_patch on hunks (patch_id);

-- The truth of every document: its admitted updates, in order. `generation` counts the rebases of a branch.
create table update_log (
  doc text not null,
  seq bigint not null,
  generation int not null default 1,
  workspace_id uuid not null references workspaces,
  bytes bytea not null,
  -- Null for what the platform wrote: a rebase, an import's tree.
  member_id uuid references members,
  session_id uuid references sessions,
  patch_id uuid references patches,
  approver_id uuid references members,
  fence bigint not null,
  at timestamptz not null default now(),
  primary key (doc, seq)
);
create index update_log_workspace on update_log (workspace_id, doc);
create index update_log_patch on update_log (patch_id) where patch_id is not null;

-- One proposer's pending text over one file. `open` while anything in it waits.
create table branches (
  doc text primary key,
  workspace_id uuid not null references workspaces,
  proposer_id uuid not null,
  file_id uuid not null references files,
  generation int not null default 1,
  open boolean not null default true
);
create index branches_file on branches (file_id) where open;

create table snapshots (
  doc text primary key,
  workspace_id uuid not null references workspaces,
  generation int not null default 1,
  seq bigint not null,
  state bytea not null,
  at timestamptz not null default now()
);

-- A Yjs client id belongs to whoever used it first in a document, for ever.
create table client_bindings (
  doc text not null,
  client_id bigint not null,
  member_id uuid references members,
  session_id uuid references sessions,
  patch_id uuid references patches,
  approver_id uuid references members,
  at timestamptz not null default now(),
  primary key (doc, client_id)
);

create table tool_calls (
  session_id uuid not null references sessions,
  call_id text not null,
  verdict jsonb not null,
  at timestamptz not null default now(),
  primary key (session_id, call_id)
);

create table credentials (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  environment text not null check (environment in ('DEV', 'TEST', 'PROD')),
  provider text not null,
  base_url text not null,
  models jsonb not null,
  demo boolean not null default false,
  -- AES-256-GCM under a key outside this database, bound to org|environment|provider; null where no key is needed.
  key_version int,
  nonce bytea,
  ciphertext bytea,
  created_by uuid not null references members,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);
create index credentials_org on credentials (org_id) where removed_at is null;

create table usage (
  id bigint generated always as identity primary key,
  org_id uuid not null references orgs,
  member_id uuid not null references members,
  session_id uuid not null references sessions,
  environment text not null,
  model text not null,
  input_tokens bigint not null,
  cached_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  at timestamptz not null default now()
);

create table releases (
  org_id uuid not null references orgs,
  app_id uuid not null references apps,
  digest text not null,
  number int not null,
  title text not null,
  parent text,
  manifest jsonb not null,
  position jsonb not null,
  bytes bigint not null,
  pinned_by uuid not null references members,
  pinned_at timestamptz not null default now(),
  primary key (app_id, digest),
  unique (app_id, number)
);

create table audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  org_id uuid not null,
  app_id uuid,
  capsule_id text,
  environment text,
  actor_kind text not null,
  member_id uuid,
  session_id uuid,
  action text not null,
  target text not null,
  path_class text,
  decision text not null check (decision in ('allowed', 'denied', 'pending')),
  rule text not null,
  patch_id uuid,
  reviewer_id uuid,
  detail jsonb not null default '{}'
);
create index audit_events_org on audit_events (org_id, id desc);
create index audit_events_app on audit_events (app_id, id desc);

-- Immutable for everybody who can reach it through SQL as the application, replication roles included.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log is append-only.' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_events_immutable before update or delete on audit_events
  for each row execute function refuse_rewriting();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function refuse_rewriting();
alter table audit_events enable always trigger audit_events_immutable;
alter table audit_events enable always trigger audit_events_no_truncate;

-- Live feeds wake on these; the payload is an id and never content.
create function announce_audit() returns trigger language plpgsql as $$
begin
  perform pg_notify('audit', '');
  return null;
end $$;
create trigger audit_events_announce after insert on audit_events
  for each statement execute function announce_audit();

create function announce_authority() returns trigger language plpgsql as $$
begin
  perform pg_notify('authority', new.id::text);
  return null;
end $$;
create trigger members_announce after update of grant_epoch, role_id, removed_at on members
  for each row execute function announce_authority();

create function announce_sign_out() returns trigger language plpgsql as $$
begin
  perform pg_notify('sign_out', encode(old.id_sha256, 'hex'));
  return null;
end $$;
create trigger sign_ins_announce after delete on sign_ins
  for each row execute function announce_sign_out();
