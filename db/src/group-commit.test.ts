/** Group commit: one flush at a time, everything that waits goes together, and each gets its own outcome. */
import { describe, expect, test } from 'vitest'
import { GroupCommit } from './group-commit.ts'

describe('group commit', () => {
  test('takes what arrives during a commit into the next one, in order', async () => {
    const batches: number[][] = []
    const open: (() => void)[] = []
    const group = new GroupCommit<number, string>(async (batch) => {
      batches.push([...batch])
      await new Promise<void>((resolve) => open.push(resolve))
      return batch.map((item) => `done ${item}`)
    })
    const first = group.add(1)
    await Promise.resolve()
    await Promise.resolve()
    const rest = [group.add(2), group.add(3)]
    open.shift()?.()
    expect(await first).toBe('done 1')
    await expect.poll(() => open.length).toBe(1)
    open.shift()?.()
    expect(await Promise.all(rest)).toEqual(['done 2', 'done 3'])
    expect(batches).toEqual([[1], [2, 3]])
  })

  test('tells everybody in a batch that failed, and goes on with the next', async () => {
    let fails = true
    const group = new GroupCommit<number, number>((batch) => {
      if (fails) return Promise.reject(new Error('away'))
      return Promise.resolve([...batch])
    })
    await expect(group.add(1)).rejects.toThrow('away')
    fails = false
    expect(await group.add(2)).toBe(2)
  })
})
