/** A file's past: who wrote each character, what happened when, and how it read then. */
import type {
  BlameResponse,
  HandsResponse,
  HistoryResponse,
  TextAtResponse,
} from '@relpin/authority/contracts/history.ts'
import { expect, test } from 'vitest'
import { TestStudio } from '../testing/studio.ts'

const FILES = { 'src/a.ts': 'const price = 1\n' }

const ask = async <T>(studio: TestStudio, what: string, more: object = {}): Promise<T> =>
  studio.post<T>(`/internal/history/${what}`, {
    as: studio.person('owner'),
    workspaceId: studio.workspace.id,
    fileId: await studio.fileId('src/a.ts'),
    ...more,
  })

/** The text, each stretch with whose it is: `name`, with `agent`, the approver and who brought it back. */
async function written(studio: TestStudio): Promise<readonly (readonly [string, string])[]> {
  const { text, runs, hands } = await ask<BlameResponse>(studio, 'blame')
  let at = 0
  const merged: [string, string][] = []
  for (const run of runs) {
    const hand = hands[run.hand]
    const words = [
      hand?.member?.name ?? 'nobody',
      ...(hand?.session ? ['agent'] : []),
      ...(hand?.patch ? ['patch'] : []),
      ...(hand?.approver ? [`by ${hand.approver.name}`] : []),
      ...(hand?.restored ? [`back by ${hand.restored.by.name}`] : []),
    ].join(' ')
    const piece = text.slice(at, at + run.length)
    const last = merged.at(-1)
    if (last?.[1] === words) last[0] += piece
    else merged.push([piece, words])
    at += run.length
  }
  expect(at).toBe(text.length)
  return merged
}

test('says who wrote each character: the importer, people, an agent, and who approved it', async () => {
  await using studio = await TestStudio.open(FILES)
  const builder = await studio.open('builder', 'src/a.ts')
  builder.text.insert(0, '// b\n')
  await builder.saved()
  const agent = await studio.agent('builder')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  expect(await written(studio)).toEqual([
    ['// b\n', 'builder'],
    ['const ', 'owner'],
    ['cost', 'builder agent patch'],
    [' = 1\n', 'owner'],
  ])
  const { hands } = await ask<HandsResponse>(studio, 'hands')
  const mine = hands.find((hand) => hand.clientIds.includes(builder.doc.clientID))
  expect(mine).toMatchObject({ member: { name: 'builder' }, session: null, patch: null })
})

test('tells what happened as bursts and turns, newest first, and how the file read after each', async () => {
  await using studio = await TestStudio.open(FILES)
  const builder = await studio.open('builder', 'src/a.ts')
  for (const key of '// b\n'.split('').reverse()) {
    builder.text.insert(0, key)
    await builder.saved()
  }
  const agent = await studio.agent('builder')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  const { steps, more } = await ask<HistoryResponse>(studio, 'steps')
  expect(more).toBe(false)
  expect(
    steps.map(({ kind, hand, inserted, deleted }) => [kind, hand.member?.name, inserted, deleted]),
  ).toEqual([
    ['agent', 'builder', 4, 5],
    ['typing', 'builder', 5, 0],
    ['import', 'owner', 16, 0],
  ])
  const texts = await Promise.all(
    steps.map(({ to }) => ask<TextAtResponse>(studio, 'at', { seq: to })),
  )
  expect(texts.map(({ text }) => text)).toEqual([
    '// b\nconst cost = 1\n',
    '// b\nconst price = 1\n',
    'const price = 1\n',
  ])
  const page = await ask<HistoryResponse>(studio, 'steps', { before: steps[0]?.to, limit: 1 })
  expect(page.steps).toEqual([steps[1]])
  expect(page.more).toBe(true)
})
