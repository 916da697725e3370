import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { queryClient } from './api';
import { Frame } from './frame';
import { Screens } from './screens';
import { cssVariables, theme } from './theme';
import { Boundary } from './ui/boundary';
import { StepUp } from './ui/step-up';

const root = document.getElementById('console') as HTMLElement;
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <Router base="/admin">
          <StepUp />
          <Frame test={root.dataset['mode'] === 'test'}>
            <Boundary>
              <Screens />
            </Boundary>
          </Frame>
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
