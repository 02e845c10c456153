/** The door's nonce for this page: what styles that are made here must bear (src/console/pages.ts). While pages are written
 *  (`npm run dev:web`) there is none. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

// react-remove-scroll, which Mantine's windows use, looks for it here
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce;
