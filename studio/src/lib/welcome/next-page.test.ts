/** A link to the sign-in page cannot send people elsewhere. */
import { expect, it } from 'vitest'
import { nextPage } from './next-page.ts'

it('leads back to the page that was asked for', () => {
  expect(nextPage('/apps/storefront/releases?from=1')).toBe('/apps/storefront/releases?from=1')
})

it.each([
  null,
  '',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
])('leads home instead of to %j', (wanted) => {
  expect(nextPage(wanted)).toBe('/')
})
