/** Texts of which every character is typed once, so that each can be followed by what it is. */
import type { Member } from '@relpin/authority/actors.ts'
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

/** Cut some characters somewhere and type some. */
export type Key = { readonly at: number; readonly cut: number; readonly add: number }

let next = 0x4e00
export function letters(count: number): string {
  let text = ''
  for (let i = 0; i < count; i += 1) {
    text += String.fromCharCode(next)
    next = next === 0x9fff ? 0x4e00 : next + 1
  }
  return text
}

export const sorted = (characters: Iterable<string>): string => [...characters].sort().join('')
export const proposerIn = (as: Member): string => (as.kind === 'agent' ? as.sessionId : as.memberId)

/** `within` is where the key goes: behind one of these characters, if the text has any of them. */
export function type(state: string, { at, cut, add }: Key, within = '') {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Buffer.from(state, 'base64'))
  const before = Y.encodeStateVector(doc)
  const text = doc.getText(TEXT_ROOT)
  const shown = text.toString()
  const behind = [...within].filter((character) => shown.includes(character))
  const from =
    behind.length > 0
      ? shown.indexOf(behind[at % behind.length] as string) + 1
      : at % (text.length + 1)
  const length = Math.min(cut, text.length - from)
  const removed = text.toString().slice(from, from + length)
  const typed = letters(add)
  doc.transact(() => {
    text.delete(from, length)
    text.insert(from, typed)
  })
  const update = Buffer.from(Y.encodeStateAsUpdate(doc, before)).toString('base64')
  return { doc, update, typed, removed }
}

/** What hunks would insert. */
export function insertedBy(hunks: readonly Hunk[]): string {
  return hunks
    .flatMap(({ change }) => (change.kind === 'text' ? change.segments : []))
    .map(({ kind, text }) => (kind === 'insert' ? text : ''))
    .join('')
}

export function land(main: Set<string>, { change }: Hunk): void {
  if (change.kind !== 'text') throw new Error('only text is proposed here')
  for (const { kind, text } of change.segments)
    for (const character of text) {
      if (kind === 'insert') main.add(character)
      else main.delete(character)
    }
}

/** Whether what two texts share stands in the same order in both. */
export function inOrder(one: string, other: string): boolean {
  const shared = (of: string, by: string): string =>
    [...of].filter((character) => by.includes(character)).join('')
  return shared(one, other) === shared(other, one)
}

/** Like `Promise.all`, but a failure is thrown only when all of them have ended. */
export async function allOf<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(works)
  return Promise.all(works)
}
