/** Well-known providers, where they are and what they speak; the server's own list of allowed hosts decides. */
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'

type Preset = {
  readonly value: string
  readonly label: string
  readonly baseUrl: string
  readonly protocol: ModelProtocol
  readonly needsKey: boolean
}

export const PROTOCOLS: readonly { readonly value: ModelProtocol; readonly label: string }[] = [
  { value: 'chat', label: 'OpenAI chat completions' },
  { value: 'responses', label: 'OpenAI responses' },
  { value: 'messages', label: 'Anthropic messages' },
]

export const PRESETS: readonly [Preset, ...Preset[]] = [
  {
    value: 'moonshot',
    label: 'Moonshot (Kimi)',
    baseUrl: 'https://api.moonshot.ai/v1',
    protocol: 'chat',
    needsKey: true,
  },
  {
    value: 'openai',
    label: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    protocol: 'responses',
    needsKey: true,
  },
  {
    value: 'anthropic',
    label: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    protocol: 'messages',
    needsKey: true,
  },
  {
    value: 'openrouter',
    label: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    protocol: 'chat',
    needsKey: true,
  },
  {
    value: 'other',
    label: 'Another, or your own server',
    baseUrl: '',
    protocol: 'chat',
    needsKey: false,
  },
]
