import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** One brand, readable in light and dark: every shade that carries words keeps WCAG's contrast. */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  headings: { fontFamily: 'system-ui, -apple-system, "Segoe UI", sans-serif', fontWeight: '650' },
  respectReducedMotion: true,
  components: {
    Anchor: { defaultProps: { underline: 'always' } }, // so that links in a text do not stand out by colour alone
    ModalRoot: { defaultProps: { lockScroll: false, centered: true } }, // locking writes styles that the content policy refuses
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Button: { defaultProps: { color: 'teal.9' } },
    PasswordInput: { defaultProps: { visibilityToggleFocusable: true, visibilityToggleButtonProps: { 'aria-label': 'Show what is typed' } } },
  },
});

/** Words that are dimmed, and links, against both grounds. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-anchor': 'var(--mantine-color-teal-9)',
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
  },
  dark: {
    '--mantine-color-anchor': 'var(--mantine-color-teal-3)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-3)',
  },
});
