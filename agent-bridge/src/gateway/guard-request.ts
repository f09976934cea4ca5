/**
 * What a request may not ask of a provider: to act on the network or in the provider's account for it. A capsule has no
 * network; without this it would have the provider's: tools that search or fetch, remote tool servers, addresses to load
 * pictures and files from, other models than the session's. Everything else passes, known or not.
 */
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'

type Json = Readonly<Record<string, unknown>>

/** Fields that hand over more than a conversation, whatever the protocol. */
const REFUSED_FIELDS = [
  // Remote tool servers, search, plugins, other machines.
  ...['mcp_servers', 'plugins', 'web_search_options', 'container', 'background'],
  // Other models, and other providers behind a router.
  ...['models', 'fallbacks', 'route', 'provider', 'transforms', 'preset', 'prompt'],
]

/** Tools that the caller runs itself; all others are run by the provider. */
const OWN_TOOLS: Readonly<Record<ModelProtocol, readonly unknown[]>> = {
  chat: ['function', 'custom'],
  responses: ['function', 'custom'],
  messages: [undefined, 'custom'],
}

const REFUSED_KEYS = ['file_url', 'file_id', 'server_url']

/** `null`, or a sentence that says what is refused. */
export function refusedRequest(protocol: ModelProtocol, body: Json): string | null {
  const field = REFUSED_FIELDS.find((name) => body[name] !== undefined && body[name] !== null)
  if (field) return off(`"${field}"`)
  const tools = Array.isArray(body['tools']) ? (body['tools'] as readonly Json[]) : []
  const tool = tools.find((each) => !OWN_TOOLS[protocol].includes(each?.['type']))
  if (tool) return off(`the tool type "${String(tool?.['type']).slice(0, 60)}"`)
  for (const part of [body['messages'], body['input'], body['system']]) {
    const found = remote(part, 0)
    if (found) return off(found)
  }
  return null
}

function off(what: string): string {
  return `The studio's gateway does not pass ${what} on: a session's model answers it, and does nothing else for it.`
}

/** Walks a conversation, but not into the arguments of tool calls, which are the caller's own. */
function remote(value: unknown, depth: number): string | null {
  if (depth > 12 || typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) {
    for (const each of value) {
      const found = remote(each, depth + 1)
      if (found) return found
    }
    return null
  }
  const part = value as Json
  if (part['type'] === 'tool_use') return null
  const key = REFUSED_KEYS.find((name) => typeof part[name] === 'string')
  if (key) return `"${key}"`
  const image = part['image_url']
  const url = typeof image === 'object' && image !== null ? (image as Json)['url'] : image
  if (typeof url === 'string' && !url.startsWith('data:')) return 'the address of a picture'
  const source = part['source']
  if (typeof source === 'object' && source !== null && 'type' in source) {
    if (source.type === 'url' || source.type === 'file') return 'the address of a file'
  }
  for (const each of Object.values(part)) {
    const found = remote(each, depth + 1)
    if (found) return found
  }
  return null
}
