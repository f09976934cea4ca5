/** The plain page on a preview's host while there is no development server to answer, and why. It runs nothing. */
import type { PreviewState } from '@relpin/authority/contracts/preview.ts'

const TITLES: Readonly<Record<PreviewState['phase'], string>> = {
  installing: 'Installing packages',
  starting: 'Starting',
  running: 'One moment',
  failed: 'The preview does not run',
  ended: 'This preview has ended',
}

export function previewPage(state: PreviewState): string {
  const comes = state.phase !== 'ended'
  const why = 'why' in state ? state.why : 'This page shows the app as soon as it runs.'
  const log = 'log' in state && state.log !== '' ? `<pre>${escape(state.log)}</pre>` : ''
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
${comes ? '<meta http-equiv="refresh" content="2">' : ''}
<title>${TITLES[state.phase]}</title>
<style>
body{margin:20vh auto 0;max-width:46rem;padding:0 24px;font:15px/1.5 system-ui,sans-serif}
h1{font-size:17px}
pre{overflow:auto;font-size:12px;white-space:pre-wrap}
</style>
<h1>${TITLES[state.phase]}</h1>
<p>${escape(why)}</p>
${log}
</html>
`
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
