import type { TreeEntry } from '@relpin/authority/contracts/collab.ts'
import type { Subject } from '@relpin/authority/decide.ts'
import { BUILT_IN_ROLES } from '@relpin/authority/roles.ts'
import { expect, test } from 'vitest'
import { chooseDocument } from './document-choice.ts'

const ME = '00000000-0000-4000-8000-000000000001'
const FILE = '00000000-0000-4000-8000-000000000002'

function subject(key: string): Subject {
  const role = BUILT_IN_ROLES.find((candidate) => candidate.key === key)
  if (!role) throw new Error(`no role ${key}`)
  return {
    actor: { kind: 'person', memberId: ME },
    grants: new Set(role.grants),
    roleName: role.name,
  }
}
const source: TreeEntry = { path: 'src/a.ts', kind: 'text', class: 'source' }
const secret: TreeEntry = { path: '.env', kind: 'text', class: 'secret' }
const policy: TreeEntry = { path: 'AGENTS.md', kind: 'text', class: 'policy' }

test('a Builder writes the file itself', () => {
  expect(chooseDocument(subject('builder'), FILE, source)).toEqual({
    mode: 'write',
    document: `file/${FILE}`,
  })
})

test('a Reviewer writes into a branch of their own, and is told that it waits', () => {
  expect(chooseDocument(subject('reviewer'), FILE, source)).toEqual({
    mode: 'propose',
    document: `branch/${ME}/${FILE}`,
    why: 'Role Reviewer queues edits to source files. A Maintainer can approve.',
    cause: 'required',
  })
})

test('a Builder proposes changes of policy', () => {
  expect(chooseDocument(subject('builder'), FILE, policy).mode).toBe('propose')
})

test('a Viewer reads; a secret is read by everybody and written by nobody', () => {
  expect(chooseDocument(subject('viewer'), FILE, source).mode).toBe('read')
  expect(chooseDocument(subject('owner'), FILE, secret)).toMatchObject({
    mode: 'read',
    document: `file/${FILE}`,
  })
})

test('a file that is only proposed is typed into by its proposer and by nobody else', () => {
  expect(chooseDocument(subject('owner'), FILE, null, 'somebody else').mode).toBe('read')
  expect(chooseDocument(subject('reviewer'), FILE, null, ME)).toMatchObject({
    mode: 'propose',
    document: `branch/${ME}/${FILE}`,
  })
})

test('a Builder who switches Suggesting on types into a branch of their own, until they switch it off', () => {
  expect(chooseDocument(subject('builder'), FILE, source, null, true)).toMatchObject({
    mode: 'propose',
    document: `branch/${ME}/${FILE}`,
    cause: 'chosen',
  })
})

test('Suggesting gives nobody more than they have, and asks nothing of who may only propose', () => {
  expect(chooseDocument(subject('viewer'), FILE, source, null, true).mode).toBe('read')
  expect(chooseDocument(subject('owner'), FILE, secret, null, true).mode).toBe('read')
  expect(chooseDocument(subject('reviewer'), FILE, source, null, true)).toMatchObject({
    mode: 'propose',
    cause: 'required',
  })
})
