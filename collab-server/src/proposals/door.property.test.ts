/**
 * Proposals as a property, at the real door and on a real database: people and agents type, propose, decide, two at
 * once and with keys in flight, while the process dies before or after any commit and starts again from the log. Every
 * character is typed once, so that each can be followed: it is in main exactly if it was typed there or approved.
 */
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { TestStudio } from '../testing/studio.ts'
import { letters } from './testing/letters.ts'
import { Story, told } from './testing/story.ts'
import { step } from './testing/story-steps.ts'

const WANTED = process.env['RELPIN_PROPERTY_RUNS']
const RUNS = Number(WANTED ?? 60)
/** On a slow machine fewer are told, unless a number is asked for. */
const TIME_LIMIT_MS = WANTED === undefined ? 30_000 : Infinity
/** Long enough for a second and a third decision about one text; failures are shrunk anyway. */
const LENGTH = { minLength: 1, maxLength: 14, size: 'max' } as const

test(
  'main holds what was typed there and what was approved, each once, whatever happens in between',
  { timeout: WANTED === undefined ? 120_000 : 3_600_000 },
  async () => {
    await using studio = await TestStudio.open({ 'README.md': '\n' })
    const proposers = [
      await studio.agent('reviewer'),
      await studio.agent('reviewer'),
      studio.person('reviewer'),
    ]
    const stories: Story[] = []
    let runs = 0
    const until = Date.now() + TIME_LIMIT_MS
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.array(step, LENGTH), async (start, steps) => {
        if (Date.now() > until) return
        const path = `src/${randomUUID()}.ts`
        const text = letters(start)
        await studio.change(studio.person('owner'), [
          { op: 'create', path, content: { kind: 'text', text } },
        ])
        const story = new Story(studio, path, text, proposers)
        for (const one of steps) {
          await story.play(one)
          await story.check()
        }
        runs += 1
        stories.push(story)
        // What waits in a workspace is looked through with every decision: old stories must not make new ones slow.
        if (stories.length > 20) await stories.shift()?.end()
      }),
      { numRuns: RUNS, endOnFailure: WANTED !== undefined },
    )
    // And once more from the log alone.
    await studio.restart()
    for (const story of stories) await story.check()
    expect(runs).toBeGreaterThan(0)
    if (WANTED === undefined) return
    const counts = [...told].map(([what, times]) => `${times} ${what}`).sort()
    process.stderr.write(`${runs} stories of proposals told: ${counts.join(', ')}\n`)
  },
)
