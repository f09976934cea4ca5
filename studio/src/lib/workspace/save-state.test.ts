import { describe, expect, test } from 'vitest'
import { hasUnsavedWork, saveState } from './save-state.ts'

const clean = { unsynced: 0, refusal: null }
const dirty = { unsynced: 2, refusal: null }

describe('what is said about my work', () => {
  test('is Saved only when the server has committed everything', () => {
    expect(saveState('connected', [clean, clean]).kind).toBe('saved')
    expect(saveState('connected', [clean, dirty]).kind).toBe('saving')
  })

  test('is Offline without a connection, and says whether work is waiting', () => {
    expect(saveState('offline', [dirty])).toEqual({ kind: 'offline', unsaved: true })
    expect(saveState('offline', [clean])).toEqual({ kind: 'offline', unsaved: false })
  })

  test('stays Denied until the refusal was taken note of', () => {
    const refused = { unsynced: 0, refusal: 'Role Viewer reads and does not write.' }
    expect(saveState('connected', [clean, refused])).toEqual({
      kind: 'denied',
      why: refused.refusal,
    })
  })

  test('warns before leaving only when text would be lost', () => {
    expect(hasUnsavedWork([clean])).toBe(false)
    expect(hasUnsavedWork([clean, dirty])).toBe(true)
  })
})
