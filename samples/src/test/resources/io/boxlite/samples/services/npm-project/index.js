const isOdd = require('is-odd');
console.log([1, 2, 3].filter((number) => isOdd(number)).join(' '));
