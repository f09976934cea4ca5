/** Every request passes here first: who is it, does it come from our own pages, and has the studio been set up? */
import { redirect, type RequestEvent } from '@sveltejs/kit'
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks'
import { findOrg } from '@relpin/db/orgs.ts'
import { ProblemError, problemResponse, refuse } from '#lib/server/api/problems.ts'
import { logError } from '#lib/server/log.ts'
import { isOwnOrigin } from '#lib/server/origin.ts'
import { framedByStudio } from '#lib/server/preview-host.ts'
import { services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** Pages that somebody who is not signed in may open. */
const OPEN_PAGES = ['/sign-in', '/setup', '/invitations/', '/invite/', '/join/']

type Identity = {
  readonly member: SignedInMember | null
  readonly by: 'cookie' | 'token' | 'nothing'
}

export const handle: Handle = async ({ event, resolve }) => {
  const { pathname } = event.url
  if (pathname === '/healthz') return resolve(event)
  const identity = await identify(event)
  event.locals.member = identity.member

  const refusal = refuseForeignPage(event, identity)
  if (refusal) return problemResponse(refusal.problem)
  if (pathname.startsWith('/api/')) return asProblem(await resolve(event), event)
  if (event.route.id !== null) await leadToTheRightPage(event)
  return framingPreviews(await resolve(event))
}

/** Pages may frame previews, and nothing else. Their policy is made when the studio is built; the hosts are known now. */
function framingPreviews(response: Response): Response {
  const policy = response.headers.get('content-security-policy')
  if (policy === null) return response
  const frames = framedByStudio(services().config.publicUrl)
  response.headers.set('content-security-policy', `${policy}; frame-src ${frames}`)
  return response
}

/** SvelteKit has its own words for an address or a method that is not there; a client of the API gets ours. */
function asProblem(response: Response, { request, url }: RequestEvent): Response {
  const isOurs = response.headers.get('content-type')?.startsWith('application/problem+json')
  if (response.status < 400 || isOurs) return response
  const allow = response.headers.get('allow')
  if (response.status === 405 && allow !== null) {
    const detail = `${request.method} is not known here. Use ${allow}.`
    return problemResponse(refuse(405, 'Method not allowed', detail).problem, { allow })
  }
  const [title, detail] = wordsFor(response.status, url.pathname)
  return problemResponse(refuse(response.status, title, detail).problem)
}

function wordsFor(status: number, path: string): readonly [title: string, detail: string] {
  if (status === 404)
    return ['Not found', `There is nothing at ${path}. GET /api/openapi.json lists what there is.`]
  if (status === 400)
    return ['Not understood', 'The address is not a valid one. Percent-encode it and try again.']
  return ['Failed', 'The studio could not do this, and has logged why. Try again in a moment.']
}

async function identify(event: RequestEvent): Promise<Identity> {
  const { signIns } = services()
  const bearer = /^Bearer (\S+)$/i.exec(event.request.headers.get('authorization') ?? '')?.[1]
  if (bearer !== undefined) {
    return { member: (await signIns.check(bearer))?.member ?? null, by: 'token' }
  }
  const token = signIns.readCookie(event.request.headers.get('cookie') ?? '')
  if (token === null || token === '') return { member: null, by: 'nothing' }
  const checked = await signIns.check(token)
  const cookie = checked ? checked.renewed : signIns.blankCookie()
  if (cookie) {
    const { maxAge, httpOnly, secure, sameSite } = cookie.attributes
    event.cookies.set(cookie.name, cookie.value, {
      path: '/',
      ...(maxAge === undefined ? {} : { maxAge }),
      httpOnly: httpOnly ?? true,
      secure: secure ?? true,
      sameSite: sameSite ?? 'lax',
    })
  }
  return { member: checked?.member ?? null, by: 'cookie' }
}

/**
 * A browser sends the cookie whatever page asks, so what changes something must come from our own pages. A token is
 * sent by nobody but its holder. Signing in from a foreign page is refused as well: it would swap the person.
 */
function refuseForeignPage(event: RequestEvent, identity: Identity): ProblemError | null {
  if (['GET', 'HEAD', 'OPTIONS'].includes(event.request.method)) return null
  if (identity.by === 'token') return null
  const origin = event.request.headers.get('origin')
  if (origin === null && identity.by === 'nothing') return null
  const own = services().config.publicUrl
  if (origin !== null && isOwnOrigin(origin, event.request.headers.get('host'), own)) return null
  return refuse(
    403,
    'Foreign page',
    `This must come from ${own}. Open the studio there, or send "authorization: Bearer <sign-in token>" instead of the cookie.`,
  )
}

async function leadToTheRightPage(event: RequestEvent): Promise<void> {
  const { pathname, search } = event.url
  if (event.locals.member) return
  if ((await findOrg(services().sql)) === null) {
    if (pathname !== '/setup') redirect(303, '/setup')
    return
  }
  if (pathname === '/setup') redirect(303, '/sign-in')
  if (OPEN_PAGES.some((page) => pathname === page || pathname.startsWith(page))) return
  const next = pathname === '/' ? '' : `?next=${encodeURIComponent(pathname + search)}`
  redirect(303, `/sign-in${next}`)
}

export const handleError: HandleServerError = ({ kind, error, event }) => {
  // A page's load may call the same functions as the API; its refusals carry their own sentence.
  if (error instanceof ProblemError) {
    return { status: error.problem.status, message: error.problem.detail }
  }
  if (kind === 'framework' && error.status === 404) return { message: 'This page does not exist.' }
  if (kind === 'unknown') {
    logError(`${event.request.method} ${event.route.id ?? '?'}`, error)
    return { message: 'The studio failed and has logged why. Try again in a moment.' }
  }
}
