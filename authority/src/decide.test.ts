/** The decision table in the product's words: who may what, for every built-in role. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Actor } from './actors.ts'
import { decide, strictest, type AuthorityRequest, type Decision, type Subject } from './decide.ts'
import { PATH_CLASSES, type PathClass } from './path-class.ts'
import { BUILT_IN_ROLES, grantsOf, type BuiltInRole } from './roles.ts'

type RoleKey = BuiltInRole['key']
const PERSON: Actor = { kind: 'person', memberId: 'm' }
const AGENT: Actor = { kind: 'agent', memberId: 'm', sessionId: 's' }

function as(key: RoleKey, actor: Actor = PERSON): Subject {
  const role = BUILT_IN_ROLES.find((one) => one.key === key)
  if (!role) throw new Error(key)
  return { actor, grants: grantsOf(role.grants), roleName: role.name }
}

const write = (subject: Subject, pathClass: PathClass, proposeFirst = false): Decision =>
  decide({ subject, action: 'file.write', pathClass, proposeFirst })

describe('writing a source file', () => {
  test.each([
    ['viewer', 'deny', 'deny'],
    ['builder', 'allow', 'allow'],
    ['reviewer', 'queue', 'queue'],
    ['maintainer', 'allow', 'allow'],
    ['admin', 'allow', 'allow'],
    ['owner', 'allow', 'allow'],
  ] as const)('a %s: by hand %s, by their agent %s', (role, person, agent) => {
    expect(write(as(role), 'source').effect).toBe(person)
    expect(write(as(role, AGENT), 'source').effect).toBe(agent)
  })

  test('with propose first waits, and its human may accept it', () => {
    const decision = write(as('builder', AGENT), 'source', true)
    expect(decision).toMatchObject({
      effect: 'queue',
      rule: 'propose-first',
      obligations: ['approval-by-author'],
    })
  })

  test('propose first never widens: a Viewer stays refused, a Reviewer still needs somebody else', () => {
    expect(write(as('viewer', AGENT), 'source', true).effect).toBe('deny')
    expect(write(as('reviewer', AGENT), 'source', true).obligations).toEqual([
      'approval-by-another',
    ])
  })
})

describe('special files', () => {
  test('a secret file is never writable by anybody, and never readable by an agent', () => {
    for (const { key } of BUILT_IN_ROLES) {
      for (const actor of [PERSON, AGENT]) {
        expect(write(as(key, actor), 'secret')).toMatchObject({
          effect: 'deny',
          rule: 'path:secret',
        })
      }
      expect(
        decide({ subject: as(key, AGENT), action: 'file.read', pathClass: 'secret' }).effect,
      ).toBe('deny')
      expect(decide({ subject: as(key), action: 'file.read', pathClass: 'secret' }).effect).toBe(
        'allow',
      )
    }
  })

  test("a Builder's agent queues dependencies, a Maintainer's writes them", () => {
    expect(write(as('builder'), 'dependency').effect).toBe('allow')
    expect(write(as('builder', AGENT), 'dependency')).toMatchObject({
      effect: 'queue',
      rule: 'ai:dependency',
    })
    expect(write(as('maintainer', AGENT), 'dependency').effect).toBe('allow')
  })

  test('policy files wait unless somebody with policy authority types them by hand', () => {
    expect(write(as('maintainer'), 'policy').effect).toBe('queue')
    expect(write(as('admin'), 'policy').effect).toBe('allow')
    expect(write(as('admin', AGENT), 'policy').effect).toBe('queue')
  })
})

describe('approving', () => {
  const approve = (
    subject: Subject,
    contributors: string[],
    obligations: Decision['obligations'] = ['approval-by-another'],
  ): Decision =>
    decide({ subject, action: 'patch.approve', pathClasses: ['source'], contributors, obligations })

  test('needs approval authority, and somebody who did not contribute', () => {
    expect(approve(as('maintainer'), ['other']).effect).toBe('allow')
    expect(approve(as('builder'), ['other'])).toMatchObject({
      effect: 'deny',
      rule: 'authoring:approve',
    })
    expect(approve(as('maintainer'), ['m'])).toMatchObject({
      effect: 'deny',
      rule: 'approve:another',
    })
  })

  test('one accepts what one could have written oneself', () => {
    expect(approve(as('builder'), ['m'], ['approval-by-author'])).toMatchObject({
      effect: 'allow',
      rule: 'authoring:accept',
    })
    expect(approve(as('reviewer'), ['m'], ['approval-by-author']).effect).toBe('deny')
  })

  test('is never done by an agent, whoever it acts for', () => {
    for (const { key } of BUILT_IN_ROLES)
      expect(approve(as(key, AGENT), ['other']).effect).toBe('deny')
  })
})

describe('findings of a review', () => {
  const leave = (subject: Subject, pathClass: PathClass = 'source'): Decision =>
    decide({ subject, action: 'finding.add', pathClass })
  const resolve = (subject: Subject, author: string): Decision =>
    decide({ subject, action: 'finding.resolve', author })

  test.each(['viewer', 'builder', 'reviewer', 'maintainer', 'admin', 'owner'] as const)(
    'are left by the agent of a %s, never in secret files and never by hand',
    (role) => {
      expect(leave(as(role, AGENT))).toMatchObject({ effect: 'allow', rule: 'ai:review' })
      expect(leave(as(role, AGENT), 'secret')).toMatchObject({
        effect: 'deny',
        rule: 'path:secret',
      })
      expect(leave(as(role))).toMatchObject({ effect: 'deny', rule: 'finding:review' })
    },
  )

  test('need the permission to review, whatever else an agent may', () => {
    const grants = new Set([...as('owner').grants].filter((grant) => grant !== 'ai:review:direct'))
    expect(leave({ ...as('owner', AGENT), grants })).toMatchObject({ rule: 'ai:review' })
    const none = new Set([...grants].filter((grant) => grant !== 'capability:studio:opencode'))
    expect(leave({ ...as('owner', AGENT), grants: none })).toMatchObject({
      rule: 'capability:studio:opencode',
    })
  })

  test.each([
    ['viewer', 'deny'],
    ['builder', 'allow'],
    ['reviewer', 'allow'],
    ['maintainer', 'allow'],
    ['admin', 'allow'],
    ['owner', 'allow'],
  ] as const)("of others' reviews: a %s resolving them: %s; their own always", (role, effect) => {
    expect(resolve(as(role), 'other').effect).toBe(effect)
    expect(resolve(as(role), 'm')).toMatchObject({ effect: 'allow', rule: 'finding:own' })
    expect(resolve(as(role, AGENT), 'm')).toMatchObject({ effect: 'deny', rule: 'agent:personal' })
  })

  test('are replied to by everybody who reads, and by no agent', () => {
    expect(decide({ subject: as('viewer'), action: 'finding.reply' }).effect).toBe('allow')
    expect(decide({ subject: as('owner', AGENT), action: 'finding.reply' }).effect).toBe('deny')
  })
})

test.each([
  ['viewer', 'deny'],
  ['builder', 'deny'],
  ['reviewer', 'deny'],
  ['maintainer', 'deny'],
  ['admin', 'allow'],
  ['owner', 'allow'],
] as const)("the organization's slash commands: a %s: %s", (role, effect) => {
  expect(decide({ subject: as(role), action: 'command.manage' }).effect).toBe(effect)
  expect(decide({ subject: as(role, AGENT), action: 'command.manage' }).effect).toBe('deny')
})

describe('every decision', () => {
  const subject = fc.record({
    actor: fc.constantFrom<Actor>(
      PERSON,
      AGENT,
      { kind: 'service', memberId: 'm' },
      { kind: 'system' },
    ),
    grants: fc
      .subarray([
        'action:studio:authoring:read',
        'action:studio:authoring:exec',
        'action:studio:authoring:queue',
        'ai:edit:direct',
        'capability:studio:opencode',
        'ai:dependency:queue',
      ] as const)
      .map((list) => new Set(list)),
    roleName: fc.constant('Custom'),
  })
  const request: fc.Arbitrary<AuthorityRequest> = fc.record({
    subject,
    action: fc.constant('file.write' as const),
    pathClass: fc.constantFrom(...PATH_CLASSES),
    proposeFirst: fc.boolean(),
  })

  test('gives a rule and a sentence, and an agent never has more than its human', () => {
    const rank = { deny: 0, queue: 1, allow: 2 }
    fc.assert(
      fc.property(request, (asked) => {
        const decision = decide(asked)
        expect(decision.rule).not.toBe('')
        expect(decision.why).toMatch(/[.!]$/)
        if (asked.subject.actor.kind !== 'agent') return
        const human = decide({ ...asked, subject: { ...asked.subject, actor: PERSON } })
        expect(rank[decision.effect]).toBeLessThanOrEqual(rank[human.effect])
      }),
    )
  })

  test('of several files the strictest holds for all', () => {
    const allow = write(as('builder'), 'source')
    const queue = write(as('reviewer'), 'source')
    const deny = write(as('viewer'), 'source')
    expect(strictest([allow, queue]).effect).toBe('queue')
    expect(strictest([queue, deny, allow]).effect).toBe('deny')
  })
})

describe('billing', () => {
  test.each([
    ['viewer', 'deny'],
    ['builder', 'deny'],
    ['reviewer', 'deny'],
    ['maintainer', 'deny'],
    ['admin', 'allow'],
    ['owner', 'allow'],
  ] as const)(
    "a %s: everybody's usage, prices and budgets: %s; their agent: deny",
    (role, effect) => {
      expect(decide({ subject: as(role), action: 'billing.manage' })).toMatchObject({
        effect,
        rule: 'action:studio:org:billing',
      })
      expect(decide({ subject: as(role, AGENT), action: 'billing.manage' }).effect).toBe('deny')
    },
  )
})

describe('running the project’s code', () => {
  test.each([
    ['viewer', 'deny', 'deny', 'deny'],
    ['builder', 'allow', 'allow', 'allow'],
    ['reviewer', 'allow', 'allow', 'allow'],
    ['maintainer', 'allow', 'allow', 'allow'],
  ] as const)(
    'a %s: by hand %s, by their agent %s, with packages from the registry %s',
    (role, person, agent, packages) => {
      expect(decide({ subject: as(role), action: 'shell.run' }).effect).toBe(person)
      expect(decide({ subject: as(role, AGENT), action: 'shell.run' }).effect).toBe(agent)
      expect(decide({ subject: as(role, AGENT), action: 'shell.packages' }).effect).toBe(packages)
    },
  )

  test('an agent whose role lets it change no dependencies fetches no packages, and may still run', () => {
    const role = BUILT_IN_ROLES.find((one) => one.key === 'builder')
    const grants = new Set(grantsOf(role?.grants ?? []))
    for (const grant of grants) if (grant.startsWith('ai:dependency')) grants.delete(grant)
    const subject: Subject = { actor: AGENT, grants, roleName: 'Careful' }
    expect(decide({ subject, action: 'shell.packages' })).toMatchObject({
      effect: 'deny',
      rule: 'ai:dependency',
    })
    expect(decide({ subject, action: 'shell.run' }).effect).toBe('allow')
  })
})
