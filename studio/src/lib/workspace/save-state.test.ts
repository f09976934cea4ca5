import { describe, expect, test } from 'vitest'
import { saveState } from './save-state.ts'

const clean = { unsaved: false, late: false, refusal: null }
const dirty = { ...clean, unsaved: true }

describe('what is said about my work', () => {
  test('is Saved only when the server has committed everything', () => {
    expect(saveState('connected', clean).kind).toBe('saved')
    expect(saveState('connected', dirty).kind).toBe('saving')
  })

  test('is Offline without a connection, and says whether work is waiting', () => {
    expect(saveState('offline', dirty)).toEqual({ kind: 'offline', unsaved: true })
    expect(saveState('offline', clean)).toEqual({ kind: 'offline', unsaved: false })
  })

  test('is Offline as well when the server is there and saves nothing for long', () => {
    expect(saveState('connected', { ...dirty, late: true })).toEqual({
      kind: 'offline',
      unsaved: true,
    })
  })

  test('stays Denied until the refusal was taken note of', () => {
    const refusal = 'Role Viewer reads and does not write.'
    expect(saveState('connected', { ...clean, refusal })).toEqual({ kind: 'denied', why: refusal })
  })
})
