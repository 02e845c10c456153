import './styles.ts';
import { DirectionProvider, MantineProvider, useDirection } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { shell } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';
import { meQuery } from '../api/session.ts';
import { tongue } from '../words/tongue.ts';
import { nonce } from './nonce.ts';
import { usePreferences } from './preferences.ts';
import { router } from './router.tsx';
import { theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // what was refused is refused again; what was not answered may be answered
      retry: (count, error) => count < 2 && error instanceof ApiProblem && error.problem.status === 0,
    },
  },
});

shell.ended = () => {
  const had = queries.getQueryData(meQuery.queryKey);
  if (had !== null && had !== undefined) queries.setQueryData(meQuery.queryKey, null);
};

export function App(): ReactNode {
  const { language, scheme } = usePreferences();
  const direction = language === 'fa' ? 'rtl' : 'ltr';
  return (
    <DirectionProvider initialDirection={direction} detectDirection={false}>
      <Direction direction={direction} />
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        {...(scheme === 'auto' ? {} : { forceColorScheme: scheme })}
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-center" />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}

function Direction({ direction }: { readonly direction: 'rtl' | 'ltr' }): null {
  const { setDirection } = useDirection();
  useEffect(() => {
    const language = direction === 'rtl' ? 'fa' : 'en';
    document.documentElement.lang = language;
    setDirection(direction);
    void tongue.changeLanguage(language);
  }, [direction, setDirection]);
  return null;
}
