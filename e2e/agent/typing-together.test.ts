/** A person types in the very line that the agent edits: no keystroke and no edit of either is lost. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { TestStudio } from '../../collab-server/src/testing/studio.ts'
import { agentHands } from '../support/agent-hands.ts'

const EDITS = 200
const KEYS_A_SECOND = 20
const FILE = 'src/price.ts'

vi.setConfig({ testTimeout: 120_000 })

const WAIT = { timeout: 20_000, interval: 20 }

/** Types `⟦0⟧⟦1⟧⟦2⟧…` key by key, at 20 keys a second, until it is stopped; every number is whole then. */
function typing(insert: (key: string) => void) {
  let going = true
  let typed = Promise.withResolvers<undefined>()
  const done = (async () => {
    let words = 0
    while (going) {
      for (const key of `⟦${words}⟧`) {
        insert(key)
        typed.resolve(undefined)
        typed = Promise.withResolvers<undefined>()
        await delay(1_000 / KEYS_A_SECOND)
      }
      words += 1
    }
    return words
  })()
  return {
    /** The next key has just been pressed; nobody knows of it yet. */
    next: () => typed.promise,
    stop: () => {
      going = false
      return done
    },
  }
}

test('200 edits in the line in which somebody types at 20 keys a second', async () => {
  await using studio = await TestStudio.open({ [FILE]: 'const price = 0 // \n' })
  const agent = agentHands(studio, await studio.agent('builder'))
  const person = await studio.open('maintainer', FILE)
  const watcher = await studio.open('viewer', FILE)
  // Right behind the comment's mark, which the agent's edit ends with: both write at one place.
  let caret = person.text.toString().indexOf('// ') + 3
  person.text.observe((event) => {
    if (event.transaction.local) return
    let at = 0
    for (const part of event.delta) {
      at += part.retain ?? 0
      if (typeof part.insert === 'string' && at < caret) caret += part.insert.length
      if (typeof part.insert === 'string') at += part.insert.length
      if (part.delete !== undefined && at < caret) caret -= Math.min(part.delete, caret - at)
    }
  })
  const keys = typing((key) => {
    person.text.insert(caret, key)
    caret += key.length
  })
  for (let edit = 0; edit < EDITS; edit += 1) {
    await keys.next()
    const result = await agent('edit', {
      filePath: FILE,
      oldString: `price = ${edit} //`,
      newString: `price = ${edit + 1} //`,
    })
    expect(result).toMatchObject({ outcome: { kind: 'applied' } })
  }
  const words = await keys.stop()
  await person.saved()
  const typed = Array.from({ length: words }, (_, number) => `⟦${number}⟧`).join('')
  const whole = `const price = ${EDITS} // ${typed}\n`
  await vi.waitFor(() => {
    expect(watcher.text.toString()).toBe(person.text.toString())
    expect(watcher.text.toString()).toBe(whole)
  }, WAIT)
  expect((await studio.read(FILE)).text).toBe(whole)
  expect(typed.length).toBeGreaterThanOrEqual(EDITS)
})

test('whole-file writes between edits keep what the person types, which the agent never read', async () => {
  await using studio = await TestStudio.open({ [FILE]: 'one\ntwo\nthree\n' })
  const agent = agentHands(studio, await studio.agent('builder'))
  const person = await studio.open('maintainer', FILE)
  await agent('read', { filePath: FILE })
  let typed = 0
  const keys = typing((key) => {
    const at = person.text.toString().indexOf('\n', person.text.toString().indexOf('two'))
    person.text.insert(at, key)
    typed += key.length
  })
  let believed = ['one', 'two', 'three']
  for (let round = 0; round < 40; round += 1) {
    await keys.next()
    const [first = ''] = believed
    const edited = `${first.replace(/\d*$/, '')}${round}`
    const edit = { filePath: FILE, oldString: `${first}\n`, newString: `${edited}\n` }
    expect(await agent('edit', edit)).toMatchObject({ outcome: { kind: 'applied' } })
    believed = [edited, 'two', `three${round}`]
    const write = { filePath: FILE, content: `${believed.join('\n')}\n` }
    expect(await agent('write', write)).toMatchObject({ outcome: { kind: 'applied' } })
  }
  const words = await keys.stop()
  await person.saved()
  const { text } = await studio.read(FILE)
  expect(text.match(/[⟦⟧\d]/g)?.length).toBeGreaterThanOrEqual(typed)
  const letters = text.replaceAll(/⟦\d+⟧/g, '')
  expect(letters).toBe(`${believed.join('\n')}\n`)
  expect(text.match(/⟦\d+⟧/g)).toEqual(Array.from({ length: words }, (_, n) => `⟦${n}⟧`))
})
