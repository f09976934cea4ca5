/** Who may hand authority to whom. */
import { describe, expect, test } from 'vitest'
import { coversGrant, refuseDelegation } from './delegation.ts'
import { BUILT_IN_ROLES, grantsOf } from './roles.ts'

const grants = (key: string) =>
  grantsOf(BUILT_IN_ROLES.find((role) => role.key === key)?.grants ?? [])

describe('nobody grants more than they hold', () => {
  const admin = grants('admin')

  test.each(['viewer', 'builder', 'reviewer', 'maintainer', 'admin'])(
    'an Admin may give and take %s',
    (key) => {
      expect(refuseDelegation(admin, grants(key), key)).toBeNull()
    },
  )

  test('an Admin can neither make nor unmake an Owner', () => {
    expect(refuseDelegation(admin, grants('owner'), 'Owner')).toMatchObject({
      rule: 'delegation:ownership',
    })
  })

  test('an Owner may give and take every built-in role', () => {
    for (const role of BUILT_IN_ROLES) {
      expect(refuseDelegation(grants('owner'), grants(role.key), role.name)).toBeNull()
    }
  })

  test('a Builder cannot hand on what a Maintainer holds', () => {
    expect(refuseDelegation(grants('builder'), grants('maintainer'), 'Maintainer')).toMatchObject({
      rule: 'delegation:more-than-held',
    })
  })
})

test('writing directly covers proposing, but not the other way round', () => {
  expect(coversGrant(grants('builder'), 'action:studio:authoring:queue')).toBe(true)
  expect(coversGrant(grants('builder'), 'ai:edit:queue')).toBe(true)
  expect(coversGrant(grants('reviewer'), 'action:studio:authoring:exec')).toBe(false)
  expect(coversGrant(grants('reviewer'), 'ai:edit:direct')).toBe(false)
})
