/** What the sign-in cookie is called. `secure` is whether people reach the studio over TLS. */

/** Behind TLS, browsers let no other host write a cookie of this name: not that of a preview either, which is below ours. */
export const cookieName = (secure: boolean): string =>
  secure ? '__Host-relpin_sign_in' : 'relpin_sign_in'
