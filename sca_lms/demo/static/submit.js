document.body.classList.add('moving');
document.getElementById('passage').submit();
