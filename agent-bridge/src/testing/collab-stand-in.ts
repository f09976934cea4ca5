/** Speaks collab-server's contract on a unix socket over real Yjs documents and the real `decide`, for tests of the bridge alone. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type {
  ChangesRequest,
  SubmitRequest,
  Verdict,
  ViewGrepRequest,
  ViewListRequest,
  ViewReadRequest,
  ViewReadResponse,
} from '@relpin/authority/contracts/collab.ts'
import { proposerId } from '@relpin/authority/actors.ts'
import { decide, strictest } from '@relpin/authority/decide.ts'
import { branchDocument, fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadMemberAuthority, subjectOf } from '@relpin/db/members-authority.ts'
import * as Y from 'yjs'

type File = { readonly id: string; readonly path: string; readonly main: Y.Doc }

export type CollabStandIn = {
  readonly text: (path: string) => string | null
  /** What the session with this id sees. */
  readonly branchText: (session: string, path: string) => string | null
  /** Types as somebody else would, in main. */
  readonly type: (path: string, at: number, text: string) => void
  readonly changes: readonly ChangesRequest[]
  readonly submitted: readonly SubmitRequest[]
  readonly close: () => void
}

export async function collabStandIn(
  socketPath: string,
  sql: Sql,
  contents: Readonly<Record<string, string>>,
): Promise<CollabStandIn> {
  const files = new Map<string, File>()
  const branches = new Map<string, Y.Doc>()
  const verdicts = new Map<string, Verdict>()
  const changes: ChangesRequest[] = []
  const submitted: SubmitRequest[] = []
  const patches = new Map<string, string>()

  const add = (path: string, text: string): void => {
    const main = new Y.Doc()
    main.getText(TEXT_ROOT).insert(0, text)
    files.set(path, { id: randomUUID(), path, main })
  }
  for (const [path, text] of Object.entries(contents)) add(path, text)

  const branchOf = (session: string, file: File): Y.Doc | null =>
    branches.get(branchDocument(session, file.id)) ?? null
  const openBranch = (session: string, file: File): Y.Doc => {
    const known = branchOf(session, file)
    if (known) return known
    const branch = new Y.Doc()
    Y.applyUpdate(branch, Y.encodeStateAsUpdate(file.main))
    file.main.on('update', (update: Uint8Array) => Y.applyUpdate(branch, update))
    branches.set(branchDocument(session, file.id), branch)
    return branch
  }
  const seenDoc = (session: string, file: File): Y.Doc => branchOf(session, file) ?? file.main
  const textOf = (doc: Y.Doc): string => doc.getText(TEXT_ROOT).toString()

  const read = async (request: ViewReadRequest): Promise<ViewReadResponse> => {
    const member = await loadMemberAuthority(sql, request.as.memberId)
    if (!member) return { found: 'denied', rule: 'member', why: 'No longer a member.' }
    const decision = decide({
      subject: subjectOf(request.as, member),
      action: 'file.read',
      pathClass: classifyPath(request.path),
    })
    const file = files.get(request.path)
    if (decision.effect === 'deny')
      return { found: 'denied', rule: decision.rule, why: decision.why }
    if (!file) return { found: 'nothing', why: `There is no ${request.path}.` }
    const session = proposerId(request.as)
    const doc = seenDoc(session, file)
    return {
      found: 'text',
      fileId: file.id,
      path: file.path,
      text: textOf(doc),
      document: branchOf(session, file) ? branchDocument(session, file.id) : fileDocument(file.id),
      state: Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64'),
    }
  }

  const admit = async (request: ChangesRequest): Promise<Verdict> => {
    const member = await loadMemberAuthority(sql, request.as.memberId)
    if (!member) return { verdict: 'denied', rule: 'member', why: 'No longer a member.' }
    const session = proposerId(request.as)
    const targets = request.changes.map((change) => {
      if (change.op === 'create') return { change, path: change.path, file: null }
      if (change.op !== 'update') throw new Error(`the stand-in does not know ${change.op}`)
      const file = [...files.values()].find((each) => change.document.endsWith(each.id))
      return { change, path: file?.path ?? '', file: file ?? null }
    })
    const [row] = await sql<{ first: boolean }[]>`
      select propose_first as first from sessions where id = ${session}`
    const [one, ...others] = targets.map(({ path }) =>
      decide({
        subject: subjectOf(request.as, member),
        action: 'file.write',
        pathClass: classifyPath(path),
        proposeFirst: row?.first ?? false,
      }),
    )
    if (!one) throw new Error('no changes')
    const decision = strictest([one, ...others])
    const { rule, why } = decision
    if (decision.effect === 'deny') return { verdict: 'denied', rule, why }
    const queued = decision.effect === 'queue'
    for (const { change, file } of targets) {
      if (change.op === 'update' && file) {
        const doc = queued ? openBranch(session, file) : file.main
        Y.applyUpdate(doc, Buffer.from(change.update, 'base64'))
      } else if (change.op === 'create') {
        if (files.has(change.path)) return { verdict: 'stale', why: `${change.path} exists now.` }
        if (!queued && change.content.kind === 'text') add(change.path, change.content.text)
      }
    }
    if (!queued) return { verdict: 'applied', patch: null }
    const patch = patches.get(request.intent.id) ?? `1f${(0x4a + patches.size).toString(16)}`
    patches.set(request.intent.id, patch)
    return { verdict: 'queued', rule, why, patch, branch: null }
  }

  const changesOnce = async (request: ChangesRequest): Promise<Verdict> => {
    changes.push(request)
    const key = `${proposerId(request.as)} ${request.callId ?? randomUUID()}`
    const verdict = verdicts.get(key) ?? (await admit(request))
    verdicts.set(key, verdict)
    return verdict
  }

  const list = ({ glob }: ViewListRequest): unknown => ({
    entries: [...files.values()]
      .filter((file) => classifyPath(file.path) !== 'secret')
      .filter((file) => glob === undefined || globMatches(glob, file.path))
      .map((file) => ({
        fileId: file.id,
        path: file.path,
        kind: 'text',
        class: classifyPath(file.path),
        size: textOf(file.main).length,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  })

  const grep = ({ pattern, include, limit }: ViewGrepRequest): unknown => {
    const matches = [...files.values()]
      .filter((file) => include === undefined || globMatches(include, file.path))
      .flatMap((file) =>
        textOf(file.main)
          .split('\n')
          .flatMap((text, index) =>
            new RegExp(pattern).test(text) ? [{ path: file.path, line: index + 1, text }] : [],
          ),
      )
    return { matches: matches.slice(0, limit), truncated: matches.length > limit }
  }

  const submit = (request: SubmitRequest): unknown => {
    submitted.push(request)
    const patch = 'intentId' in request ? patches.get(request.intentId) : undefined
    return patch === undefined ? null : { id: patch }
  }

  const handlers: Readonly<Record<string, (body: never) => unknown>> = {
    '/internal/view/read': read,
    '/internal/view/list': list,
    '/internal/view/grep': grep,
    '/internal/changes': changesOnce,
    '/internal/patches/submit': submit,
  }
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as never
      const answer = await handlers[request.url ?? '']?.(body)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer ?? null))
    })().catch((error: unknown) => {
      response.writeHead(500)
      response.end(JSON.stringify({ detail: String(error) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return {
    text: (path) => {
      const file = files.get(path)
      return file ? textOf(file.main) : null
    },
    branchText: (session, path) => {
      const file = files.get(path)
      return file ? textOf(seenDoc(session, file)) : null
    },
    type: (path, at, text) => files.get(path)?.main.getText(TEXT_ROOT).insert(at, text),
    changes,
    submitted,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** As much of a glob as the tests need: `**`, `*` and `{a,b}`. */
function globMatches(glob: string, path: string): boolean {
  const source = glob
    .replaceAll(/[.+^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\{([^}]*)\}/g, (_, all: string) => `(${all.replaceAll(',', '|')})`)
    .replaceAll('**/', '\u0001')
    .replaceAll('**', '\u0002')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0001', '(.*/)?')
    .replaceAll('\u0002', '.*')
  return new RegExp(`^${source}$`).test(path)
}
