/** Files that Vite gives an address. */
declare module '*.svg' {
  export { address as default };
  const address: string;
}
declare module '*.css';
declare module 'qrcode' {
  export function create(
    text: string,
    options?: { readonly errorCorrectionLevel?: 'L' | 'M' | 'Q' | 'H' },
  ): {
    readonly modules: { readonly size: number; get(row: number, column: number): number };
  };
}
