import { book } from '../../words/tongue.ts';

export const words = book(
  'people',
  {
    title: 'افراد',
    login: 'نام کاربری',
    name: 'نام',
    roles: 'نقش‌ها',
    state: 'وضعیت',
    since: 'از',
    'state.invited': 'دعوت‌شده',
    'state.active': 'فعال',
    'state.disabled': 'غیرفعال',
  },
  {
    title: 'People',
    login: 'Login',
    name: 'Name',
    roles: 'Roles',
    state: 'State',
    since: 'Since',
    'state.invited': 'invited',
    'state.active': 'active',
    'state.disabled': 'disabled',
  },
);
