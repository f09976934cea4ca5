/** Which pages may use a person's cookie. */
import { expect, test } from 'vitest'
import { isOwnOrigin } from '#lib/server/origin.ts'

test.each([
  ['https://studio.example', 'studio.example', 'https://studio.example', true],
  ['http://studio.example', 'studio.example', 'https://studio.example', false],
  ['https://evil.example', 'studio.example', 'https://studio.example', false],
  ['https://studio.example.evil.example', 'studio.example', 'https://studio.example', false],
  // Behind a public address, a page on the visitor's own machine is a foreign one.
  ['http://localhost:3000', 'localhost:3000', 'https://studio.example', false],
  // On one's own machine the two names are one place, and another port is another place.
  ['http://127.0.0.1:3000', '127.0.0.1:3000', 'http://localhost:3000', true],
  ['http://localhost:4601', 'localhost:3000', 'http://localhost:3000', false],
  ['http://p1.localhost:3000', 'p1.localhost:3000', 'http://localhost:3000', false],
  ['null', 'localhost:3000', 'http://localhost:3000', false],
])('%s at %s, where the studio is %s: %s', (origin, host, publicUrl, own) => {
  expect(isOwnOrigin(origin, host, publicUrl)).toBe(own)
})
