/** The environment of an agent capsule, built from nothing: what is not named here does not exist inside. */
import type { CapsuleOrder } from './driver.ts'

export type CapsulePaths = {
  /** The empty working directory. */
  readonly work: string
  /** HOME, and everything that OpenCode keeps for itself. */
  readonly home: string
  readonly temp: string
  /** `<config>/opencode` is the baked, read-only configuration directory. */
  readonly config: string
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

export function capsuleEnvironment(
  order: CapsuleOrder,
  paths: CapsulePaths,
  password: string,
): Record<string, string> {
  return {
    HOME: paths.home,
    TMPDIR: paths.temp,
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: paths.config,
    XDG_DATA_HOME: `${paths.home}/data`,
    XDG_STATE_HOME: `${paths.home}/state`,
    XDG_CACHE_HOME: `${paths.home}/cache`,
    OPENCODE_SERVER_PASSWORD: password,
    OPENCODE_CONFIG_CONTENT: JSON.stringify(providerConfig(order)),
    ...Object.fromEntries(SWITCHES.map((name) => [name, '1'])),
    RELPIN_BRIDGE: order.bridgeUrl,
    RELPIN_TOKEN: order.token,
  }
}

export const PROVIDER = 'relpin'
/**
 * What OpenCode calls every model. The gateway knows which one the session really uses, so that it can be changed
 * without a restart; and OpenCode offers edit and write to a name that it does not know (to `gpt-*` it does not).
 */
export const MODEL = 'session'

/** The only provider OpenCode knows: the bridge's gateway, reached with the session's token. */
function providerConfig(order: CapsuleOrder): unknown {
  return {
    model: `${PROVIDER}/${MODEL}`,
    small_model: `${PROVIDER}/${MODEL}`,
    provider: {
      [PROVIDER]: {
        npm: '@ai-sdk/openai-compatible',
        name: 'Relpin gateway',
        options: { baseURL: `${order.bridgeUrl}/llm/v1`, apiKey: order.token },
        models: {
          [MODEL]: {
            name: order.modelLabel,
            tool_call: true,
            limit: { context: 128_000, output: 16_384 },
          },
        },
      },
    },
  }
}
