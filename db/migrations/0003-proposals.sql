-- Where the pieces of a branch's former generations went: keys that were typed meanwhile are carried over by it.
create table branch_rebases (
  doc text not null references branches,
  -- The generation that was left.
  generation int not null,
  workspace_id uuid not null references workspaces,
  moved jsonb not null,
  restored jsonb not null,
  at timestamptz not null default now(),
  primary key (doc, generation)
);

create table hunk_comments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references orgs,
  workspace_id uuid not null references workspaces,
  patch_id uuid not null references patches,
  -- The hunk's digest when it was commented, and what it was about, for when the hunk is gone.
  hunk text not null,
  file_id uuid not null references files,
  path text not null,
  member_id uuid not null references members,
  text text not null check (length(text) between 1 and 4000),
  at timestamptz not null default now()
);
create index hunk_comments_patch on hunk_comments (patch_id, at);

-- Main's lines around a hunk as they were when it was written: where they are not so any more, the hunk is marked.
create table hunk_surroundings (
  doc text not null references branches,
  digest text not null,
  lines text not null,
  primary key (doc, digest)
);
