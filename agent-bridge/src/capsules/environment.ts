/** The environment of OpenCode in its capsule, over the little that every capsule has; nothing of ours is inherited. */
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { Capsule } from './driver.ts'

/** What OpenCode is given besides the capsule it runs in. */
export type OpencodeOrder = {
  /** Opaque and good for this capsule's listener only. */
  readonly token: string
  /** Of its own server, for user `opencode`. */
  readonly password: string
  /** What the model is called among people. */
  readonly modelLabel: string
}

/** OpenCode's own switches: no downloads, no updates, nothing read from a project. */
const SWITCHES = [
  'OPENCODE_DISABLE_PROJECT_CONFIG',
  'OPENCODE_DISABLE_EXTERNAL_SKILLS',
  'OPENCODE_DISABLE_MODELS_FETCH',
  'OPENCODE_DISABLE_AUTOUPDATE',
  'OPENCODE_DISABLE_LSP_DOWNLOAD',
  'OPENCODE_DISABLE_SHARE',
  'OPENCODE_DISABLE_DEFAULT_PLUGINS',
  'OPENCODE_DISABLE_CLAUDE_CODE',
  'OPENCODE_DISABLE_CLAUDE_CODE_PROMPT',
  'OPENCODE_DISABLE_CLAUDE_CODE_SKILLS',
  'OPENCODE_DISABLE_EMBEDDED_WEB_UI',
  'OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER',
] as const

export function opencodeEnvironment(
  capsule: Capsule,
  order: OpencodeOrder,
): Record<string, string> {
  const { home, config } = capsule.places
  return {
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: `${home}/data`,
    XDG_STATE_HOME: `${home}/state`,
    XDG_CACHE_HOME: `${home}/cache`,
    OPENCODE_SERVER_PASSWORD: order.password,
    OPENCODE_CONFIG_CONTENT: JSON.stringify(providerConfig(capsule, order)),
    ...Object.fromEntries(SWITCHES.map((name) => [name, '1'])),
    RELPIN_BRIDGE: capsule.bridgeUrl,
    RELPIN_TOKEN: order.token,
  }
}

export const PROVIDERS: Readonly<
  Record<ModelProtocol, { readonly id: string; readonly npm: string }>
> = {
  chat: { id: 'relpin', npm: '@ai-sdk/openai-compatible' },
  responses: { id: 'relpin-responses', npm: '@ai-sdk/openai' },
  messages: { id: 'relpin-messages', npm: '@ai-sdk/anthropic' },
}
/**
 * What OpenCode calls every model. The gateway knows which one the session really uses, so that it can be changed
 * without a restart.
 */
export const MODEL = 'session'
/** The same for models that were trained to change files by `apply_patch`: by this name OpenCode gives them that. */
export const PATCHING_MODEL = 'gpt-session'

/** What OpenCode is told to use for a prompt. */
export type OpencodeModel = { readonly providerID: string; readonly modelID: string }

/** How OpenCode is to call the session's model. Its own rule, on the provider's name of the model. */
export function nameForOpencode(model: string, protocol: ModelProtocol): OpencodeModel {
  const patches = model.includes('gpt-') && !model.includes('oss') && !model.includes('gpt-4')
  return { providerID: PROVIDERS[protocol].id, modelID: patches ? PATCHING_MODEL : MODEL }
}

/**
 * The only providers OpenCode knows: the bridge's gateway, reached with the session's token, once for each protocol.
 * Every capsule has all three, so that one of a pool is good for every session. OpenCode has their packages built in.
 */
function providerConfig(capsule: Capsule, order: OpencodeOrder): unknown {
  const model = {
    name: order.modelLabel,
    tool_call: true,
    limit: { context: 128_000, output: 16_384 },
  }
  return {
    // For titles and the like a prompt's own model is taken, which is in its protocol.
    model: `${PROVIDERS.chat.id}/${MODEL}`,
    provider: Object.fromEntries(
      Object.values(PROVIDERS).map(({ id, npm }) => [
        id,
        {
          npm,
          name: 'Relpin gateway',
          options: { baseURL: `${capsule.bridgeUrl}/llm/v1`, apiKey: order.token },
          models: { [MODEL]: model, [PATCHING_MODEL]: model },
        },
      ]),
    ),
  }
}
