import { expect, test } from 'vitest'
import { rankPaths } from './path-match.ts'

const paths = ['src/components/Button.tsx', 'src/lib/pricing.ts', 'src/lib/utils.ts', 'theme.css']

test('the beginning of a name beats its middle, and that beats the folder', () => {
  expect(rankPaths(['a/xbut.ts', 'but/a.ts', 'a/but.ts'], 'but')).toEqual([
    'a/but.ts',
    'a/xbut.ts',
    'but/a.ts',
  ])
})

test('letters may be scattered, but keep their order', () => {
  expect(rankPaths(paths, 'slu')[0]).toBe('src/lib/utils.ts')
  expect(rankPaths(paths, 'zzz')).toEqual([])
})

test('without letters the recent files come first', () => {
  expect(rankPaths(paths, '', ['theme.css'])[0]).toBe('theme.css')
})
