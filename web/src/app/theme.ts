import { Button, createTheme, type MantineColorsTuple } from '@mantine/core';

/** The green of the public pages (src/public/assets/door.css), from its softest to its deepest. */
const GREEN: MantineColorsTuple = [
  '#e9f6f0',
  '#d5ece1',
  '#a9dbc5',
  '#7acba7',
  '#53bd8e',
  '#2f9c70',
  '#1a8059',
  '#0b6b4f',
  '#08553f',
  '#053f2e',
];

export const theme = createTheme({
  fontFamily: 'Vazirmatn, system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace',
  headings: { fontFamily: 'Vazirmatn, system-ui, sans-serif' },
  colors: { green: GREEN },
  primaryColor: 'green',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // A label that is longer than a phone is wide goes over two lines.
    Button: Button.extend({
      styles: {
        root: { maxWidth: '100%', height: 'auto', minHeight: 'var(--button-height)' },
        label: { whiteSpace: 'normal' },
      },
    }),
  },
});
