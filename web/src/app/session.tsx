import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useEffect, useRef, type ReactNode } from 'react';
import { change } from '../api/client.ts';
import { may, meQuery, type Me, type Permission } from '../api/session.ts';

/** Who is signed in, for everything below. */
const MeContext = createContext<Me | undefined>(undefined);

export function SignedIn({ me, children }: { readonly me: Me; readonly children: ReactNode }): ReactNode {
  return <MeContext value={me}>{children}</MeContext>;
}

export function useMe(): Me {
  const me = use(MeContext);
  if (me === undefined) throw new Error('nobody is signed in here');
  return me;
}

/** The same where nobody may be signed in. */
export function useMaybeMe(): Me | undefined {
  return use(MeContext);
}

/** @returns whether the person may do it: what a page hides is refused by the API all the same */
export function useMay(): (...permissions: readonly Permission[]) => boolean {
  const me = useMe();
  return (...permissions) => may(me, permissions);
}

export function useSession(): { me: Me | null | undefined; error: Error | null; retry: () => void } {
  const { data, error, refetch } = useQuery(meQuery);
  return { me: data, error, retry: () => void refetch() };
}

/** Ends the session, here and at the gateway. Nothing that was read stays in the page's memory.
 *  @param why is said on the page of signing in */
export function useSignOut(): (why?: 'idle') => Promise<void> {
  const queries = useQueryClient();
  return useCallback(
    async (why) => {
      await change('/session', { method: 'DELETE' }).catch(() => undefined); // it has ended, or ends by itself
      queries.clear();
      queries.setQueryData(meQuery.queryKey, null);
      if (why !== undefined) sessionStorage.setItem('ended', why);
    },
    [queries],
  );
}

/** As the gateway has it (people/tokens.ts): what pages ask for by themselves does not count as a person who is there. */
const IDLE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 10_000;
const SIGNS_OF_LIFE = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Ends the session of whoever left the desk.
 *  @param watching false on the wall-board, which shows nothing that is anybody's business */
export function useIdleEnd(watching: boolean): void {
  const end = useSignOut();
  const seen = useRef(Date.now());
  useEffect(() => {
    const live = (): void => {
      seen.current = Date.now();
    };
    for (const sign of SIGNS_OF_LIFE) window.addEventListener(sign, live, { passive: true });
    const timer = setInterval(() => {
      if (watching && Date.now() - seen.current > IDLE_MS) void end('idle');
    }, LOOK_EVERY_MS);
    return () => {
      for (const sign of SIGNS_OF_LIFE) window.removeEventListener(sign, live);
      clearInterval(timer);
    };
  }, [watching, end]);
}
