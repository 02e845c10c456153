import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Each version's functions stand in schemas of its own name: docs/decisions/0117. */
const SETS = ['Literal[value=/', 'TemplateElement[value.raw=/'].map((of) => ({
  selector: `${of}\\b(decisions|door)\\.[a-z_]+\\s*[(\\x5b]/]`,
  message: 'Functions stand in the schema of this version: `${DECISIONS}.…` and `${DOOR}.…` of ops/function-set.',
}));

const SYNTAX = [
  ...SETS,
  { selector: 'TSEnumDeclaration', message: 'Use a union.' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only ops/config reads the environment.',
  },
  { selector: "NewExpression[callee.object.name='pg']", message: 'ops/database opens connections.' },
];

const TIME = 'Time comes in through the Clock of ops/clock (decision 37).';
const CHANCE = 'Chance comes in through the Random of ops/random (decision 37).';

export default tseslint.config(
  { ignores: ['dist', 'dist-packages', 'data', 'coverage', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', ...SYNTAX],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/ops/**', 'src/demo/machine/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'performance'].map(
          (name) => ({
            name,
            message: TIME,
          }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: TIME },
        { object: 'AbortSignal', property: 'timeout', message: TIME },
        { object: 'Math', property: 'random', message: CHANCE },
      ],
      'no-restricted-imports': [
        'error',
        ...['timers', 'node:timers', 'timers/promises', 'node:timers/promises', 'node:perf_hooks'].map((name) => ({
          name,
          message: TIME,
        })),
        { name: 'node:crypto', importNames: ['randomInt', 'randomUUID'], message: CHANCE },
      ],
      'no-restricted-syntax': [
        'error',
        ...SYNTAX,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: TIME },
        { selector: "CallExpression[callee.name='Date']", message: TIME },
        { selector: "CallExpression[callee.property.name='setTimeout']", message: TIME },
      ],
    },
  },
  {
    files: ['src/ops/config.ts', 'src/ops/database.ts', 'src/demo/machine/postgres.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'simulation/**/*.ts', 'faults/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...SETS], '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // JSX is full of handlers that start something and wait for nothing.
    files: ['web/src/**/*.ts', 'web/src/**/*.tsx'],
    rules: {
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      'no-restricted-globals': ['error', { name: 'Buffer', message: 'Browsers have none.' }, { name: 'process', message: 'Browsers have none.' }], // prettier-ignore
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        module: 'writable',
        require: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
  {
    files: ['src/public/assets/*.js'],
    languageOptions: {
      globals: {
        document: 'readonly',
        DOMParser: 'readonly',
        fetch: 'readonly',
        FormData: 'readonly',
        URLSearchParams: 'readonly',
        XMLHttpRequest: 'readonly',
        location: 'readonly',
      },
    },
  },
);
