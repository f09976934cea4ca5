/** The real OpenCode works with models of all three protocols: it streams, calls tools, reads results, and is counted. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let bridge: RunningBridge
beforeAll(async () => {
  bridge = await runningBridge({ 'src/main.ts': 'export const a = 1\n' })
})
afterAll(() => bridge[Symbol.asyncDispose]())

it.each(['chat', 'responses', 'messages'] as const)('edits a file in %s', async (protocol) => {
  const session = await bridge.open('builder', { modelId: await bridge.demoModelId(protocol) })
  const before = await bridge.text('src/main.ts')
  const name = /const (\w+)/.exec(before ?? '')?.[1] ?? ''
  const turn = await bridge.ask(session, `rename ${name} to ${protocol} in src/main.ts`)
  expect(turn).toMatchObject({ end: { reason: 'done', why: null } })
  expect(turn.steps.map(({ tool, status }) => [tool, status])).toEqual([
    ['read', 'done'],
    ['edit', 'done'],
  ])
  expect(turn.answer).toContain('applied')
  expect(await bridge.text('src/main.ts')).toBe(before?.replace(name, protocol))
  // Read, edit, answer; and a title.
  const rows = await bridge.sql<{ input: number; output: number }[]>`
    select input_tokens as input, output_tokens as output from usage
    where session_id = ${session.id} and counted = 'reported' and outcome = 'finished' order by at, id`
  expect(rows.length).toBeGreaterThanOrEqual(3)
  for (const { input, output } of rows) expect(Math.min(input, output)).toBeGreaterThan(0)
  expect(turn.end.tokens.output).toBeGreaterThan(0)
  await bridge.close(session)
})
