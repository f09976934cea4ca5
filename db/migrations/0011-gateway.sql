-- The vault wraps a data key per secret; usage says how each call of a model ended, and where its counts are from.

-- The secret under its own data key, and that key under the master key of `key_version`. Keys that were sealed before
-- have no wrapped key: they are sealed anew at the first start after this.
alter table credentials
  add column wrapped_key bytea,
  add column protocol text not null default 'chat' check (protocol in ('chat', 'responses', 'messages')),
  -- When the key was put in last, and by whom.
  add column key_at timestamptz,
  add column key_by uuid references members;
update credentials set key_at = created_at, key_by = created_by where ciphertext is not null;

alter table usage
  add column call_id uuid unique,
  add column app_id uuid references apps,
  add column credential_id uuid references credentials,
  add column provider text,
  add column cache_write_tokens bigint not null default 0,
  add column outcome text not null default 'finished' check (outcome in ('finished', 'aborted', 'failed')),
  add column counted text not null default 'reported'
    check (counted in ('reported', 'partial', 'estimated', 'nothing')),
  add column reported_cost_usd numeric;
