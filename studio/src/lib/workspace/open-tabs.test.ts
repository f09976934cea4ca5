import { describe, expect, test } from 'vitest'
import { closeTab, neighbour, NO_TABS, openTab, parseTabs, type Tabs } from './open-tabs.ts'

const tabs = (open: string[], active: string, preview: string | null = null): Tabs => ({
  open,
  active,
  preview,
})

describe('tabs', () => {
  test('a single click opens a preview that the next single click replaces', () => {
    const first = openTab(tabs(['a'], 'a'), 'b', false)
    expect(first).toEqual(tabs(['a', 'b'], 'b', 'b'))
    expect(openTab(first, 'c', false)).toEqual(tabs(['a', 'c'], 'c', 'c'))
  })

  test('typing or a double click keeps the preview', () => {
    const kept = openTab(tabs(['a', 'b'], 'b', 'b'), 'b', true)
    expect(kept).toEqual(tabs(['a', 'b'], 'b'))
    expect(openTab(kept, 'c', false).open).toEqual(['a', 'b', 'c'])
  })

  test('a new tab opens beside the one in front', () => {
    expect(openTab(tabs(['a', 'b'], 'a'), 'c', true).open).toEqual(['a', 'c', 'b'])
  })

  test('closing brings the neighbour to the front', () => {
    expect(closeTab(tabs(['a', 'b', 'c'], 'b'), 'b').active).toBe('c')
    expect(closeTab(tabs(['a', 'b'], 'b'), 'b').active).toBe('a')
    expect(closeTab(tabs(['a'], 'a'), 'a')).toEqual(NO_TABS)
    expect(closeTab(tabs(['a', 'b'], 'a'), 'b').active).toBe('a')
  })

  test('going round', () => {
    expect(neighbour(tabs(['a', 'b'], 'b'), 1)).toBe('a')
    expect(neighbour(tabs(['a', 'b'], 'a'), -1)).toBe('b')
    expect(neighbour(NO_TABS, 1)).toBeNull()
  })

  test('what was stored is taken only as far as it makes sense', () => {
    expect(parseTabs('{"open":["a",3],"active":"gone","preview":"a"}')).toEqual(
      tabs(['a'], 'a', 'a'),
    )
    expect(parseTabs('nonsense')).toEqual(NO_TABS)
    expect(parseTabs(null)).toEqual(NO_TABS)
  })
})
