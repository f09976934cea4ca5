import { expect, test } from 'vitest'
import { isPressed } from './commands.ts'

const pressed = (
  code: string,
  key: string,
  ...held: readonly ('alt' | 'ctrl' | 'meta' | 'shift')[]
) => ({
  code,
  key,
  altKey: held.includes('alt'),
  ctrlKey: held.includes('ctrl'),
  metaKey: held.includes('meta'),
  shiftKey: held.includes('shift'),
})

test('a letter counts by its place, also where Alt writes another sign', () => {
  expect(isPressed(pressed('KeyA', 'å', 'alt'), 'alt+a')).toBe(true)
  expect(isPressed(pressed('KeyA', 'a'), 'alt+a')).toBe(false)
})

test('keys that hold more or less down are other keys', () => {
  expect(isPressed(pressed('KeyA', 'A', 'alt', 'shift'), 'alt+a')).toBe(false)
  expect(isPressed(pressed('F7', 'F7'), 'F7')).toBe(true)
  expect(isPressed(pressed('F7', 'F7', 'shift'), 'F7')).toBe(false)
  expect(isPressed(pressed('F7', 'F7', 'shift'), 'shift+F7')).toBe(true)
})

test('Ctrl and the Mac’s Command are the same', () => {
  expect(isPressed(pressed('KeyE', 'E', 'ctrl', 'shift'), 'mod+shift+e')).toBe(true)
  expect(isPressed(pressed('KeyE', 'e', 'meta', 'shift'), 'mod+shift+e')).toBe(true)
})
