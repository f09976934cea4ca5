/** Rules in words: why something was refused or waits, for people who read the log. */

const WORDS: Readonly<Record<string, string>> = {
  'path:secret': 'Secret files are never writable, and never shown to an agent.',
  'path:policy': 'Policy files wait for approval.',
  'authoring:read': 'The role cannot read project files.',
  'authoring:exec': 'The role reads and does not write.',
  'authoring:queue': 'The role queues edits for approval.',
  'authoring:approve': 'The role cannot approve or reject.',
  'propose-first': 'Propose first was on.',
  'approve:another': 'Whoever asked for or wrote it does not approve it.',
  'approve:person': 'Only a person approves.',
  'ai:review': 'The role does not let an agent read the project.',
  'ai:edit': 'The role does not let an agent change such files.',
  'ai:dependency': "The agent's changes to dependencies wait or are off.",
  'capability:studio:opencode': 'The role has no access to OpenCode.',
  'agent:personal': 'An agent cannot use this grant of its human.',
  'session:person': 'An agent does not open sessions of its own.',
  'delegation:ownership': 'Only an Owner gives or takes ownership.',
  'delegation:more-than-held': 'Nobody gives or takes more than they hold.',
  'delegation:last-owner': 'An organization needs an Owner.',
  'action:studio:app:manage': 'The role cannot create or change apps.',
  'action:studio:release:pin': 'The role cannot pin releases.',
  'action:studio:audit:read': 'The role cannot read the activity.',
  'action:studio:org:members': 'The role cannot manage members.',
  'action:studio:org:roles': 'The role cannot manage roles.',
  'action:studio:org:credentials': 'The role cannot manage provider keys.',
}

/** A sentence, or `null` where the rule's name has to do. */
export const ruleWords = (rule: string): string | null => WORDS[rule] ?? null
