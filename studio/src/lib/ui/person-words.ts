/** How people and agents are named on screen. */

/** `Mira Kask` is `MK`, `mira` is `MI`. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const [first = '', last = ''] = [words[0], words.length > 1 ? words.at(-1) : '']
  const letters = last
    ? `${[...first][0] ?? ''}${[...last][0] ?? ''}`
    : [...first].slice(0, 2).join('')
  return letters.toUpperCase() || '?'
}

/** `Mira Kask` is `Mira`. */
export const firstName = (name: string): string => name.trim().split(/\s+/)[0] ?? name

/** An agent is never named without the human it works for. */
export const agentName = (name: string): string => `OpenCode for ${firstName(name)}`
