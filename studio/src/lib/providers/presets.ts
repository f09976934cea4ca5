/** Providers that speak OpenAI's protocol, and where; the server's own list of allowed hosts decides. */

type Preset = {
  readonly value: string
  readonly label: string
  readonly baseUrl: string
  readonly needsKey: boolean
}

export const PRESETS: readonly [Preset, ...Preset[]] = [
  {
    value: 'moonshot',
    label: 'Moonshot (Kimi)',
    baseUrl: 'https://api.moonshot.ai/v1',
    needsKey: true,
  },
  { value: 'openai', label: 'OpenAI', baseUrl: 'https://api.openai.com/v1', needsKey: true },
  {
    value: 'anthropic',
    label: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    needsKey: true,
  },
  {
    value: 'openrouter',
    label: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    needsKey: true,
  },
  {
    value: 'other',
    label: 'Another, or your own server',
    baseUrl: '',
    needsKey: false,
  },
]
