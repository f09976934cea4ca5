/** What a program says for a terminal, as plain text: colours and cursor movements taken out, lines written over kept last. */

// eslint-disable-next-line no-control-regex -- the very characters that terminals take for commands
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g
// eslint-disable-next-line no-control-regex -- what is left of them shows as boxes
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

export function terminalText(raw: string): string {
  return raw
    .replace(ESCAPES, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .join('\n')
    .replace(CONTROLS, '')
}
