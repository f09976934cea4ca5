/** A key is sent only to hosts that the operator allows. */
import { describe, expect, it } from 'vitest'
import { checkBaseUrl, readModelHosts } from './allowed-hosts.ts'

const ok = (url: string, env: NodeJS.ProcessEnv = {}) => checkBaseUrl(url, readModelHosts(env)).ok

describe('by default', () => {
  it('knows the well-known providers, over HTTPS only', () => {
    expect(ok('https://api.moonshot.ai/v1')).toBe(true)
    expect(ok('https://openrouter.ai/api/v1/')).toBe(true)
    expect(ok('http://api.moonshot.ai/v1')).toBe(false)
  })

  it.each([
    'https://evil.example/v1',
    'https://api.moonshot.ai.evil.example/v1',
    'https://api.moonshot.ai:8443/v1',
    'https://api.moonshot.ai@evil.example/v1',
    'https://api.moonshot.ai/v1?key=1',
    'http://127.0.0.1:11434/v1',
    'http://localhost:11434/v1',
    'http://[::1]:11434/v1',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'not an address',
  ])('refuses %s', (url) => expect(ok(url)).toBe(false))
})

it('takes the operator’s list in the place of the presets', () => {
  const env = { RELPIN_ALLOWED_MODEL_HOSTS: 'models.acme.test, http://10.0.0.5:8000' }
  expect(ok('https://models.acme.test/v1', env)).toBe(true)
  expect(ok('http://10.0.0.5:8000/v1', env)).toBe(true)
  expect(ok('http://10.0.0.5:8001/v1', env)).toBe(false)
  expect(ok('https://api.moonshot.ai/v1', env)).toBe(false)
})

it('allows model servers on this machine when it is told to', () => {
  const env = { RELPIN_ALLOW_LOCAL_MODELS: '1' }
  expect(ok('http://127.0.0.1:11434/v1', env)).toBe(true)
  expect(ok('http://localhost:8080', env)).toBe(true)
  expect(ok('http://10.0.0.5:8000/v1', env)).toBe(false)
})

it('gives the address without a trailing slash', () => {
  expect(checkBaseUrl(' https://api.openai.com/v1/ ', readModelHosts({}))).toEqual({
    ok: true,
    url: 'https://api.openai.com/v1',
  })
})
