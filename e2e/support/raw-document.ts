/** A document opened without the studio's pages: what somebody with a valid token and ill will could send. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import WebSocket from 'ws'
import * as Y from 'yjs'
import type { Api } from './api.ts'

export type RawDocument = {
  readonly doc: Y.Doc
  readonly text: Y.Text
  readonly provider: HocuspocusProvider
  readonly messages: readonly ServerMessage[]
  readonly close: () => void
}

type Issued = { readonly token: string; readonly workspaceId: string }

/** Opens `name` with a collaboration token that the API gave for the app, and resolves once it is synchronized. */
export async function openRaw(
  url: string,
  who: Api,
  app: string,
  name: (workspaceId: string) => string,
  options: { readonly withinMs?: number } = {},
): Promise<RawDocument> {
  const issue = (): Promise<Issued> => who.call<Issued>('POST', '/api/collab-token', { app })
  const { workspaceId } = await issue()
  const messages: ServerMessage[] = []
  const doc = new Y.Doc()
  const socket = new HocuspocusProviderWebsocket({
    url: `${url.replace('http', 'ws')}/collab?workspace=${workspaceId}`,
    WebSocketPolyfill: WebSocket,
  })
  const provider = new HocuspocusProvider({
    name: name(workspaceId),
    document: doc,
    // Asked for anew whenever the server wants one, as the studio's pages do.
    token: async () => (await issue()).token,
    websocketProvider: socket,
    sessionAwareness: true,
    onStateless: ({ payload }) => {
      messages.push(JSON.parse(payload) as ServerMessage)
    },
  })
  const close = (): void => {
    provider.destroy()
    socket.destroy()
  }
  provider.attach()
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      close()
      reject(new Error(`${provider.configuration.name} was not synchronized`))
    }, options.withinMs ?? 20_000)
    const settled = (act: () => void) => () => {
      clearTimeout(late)
      act()
    }
    provider.on('synced', settled(resolve))
    provider.on(
      'authenticationFailed',
      settled(() => {
        close()
        reject(new Error('the token was not accepted'))
      }),
    )
  })
  return { doc, text: doc.getText(TEXT_ROOT), provider, messages, close }
}
