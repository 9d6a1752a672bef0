@echo off
rem Installs Mata Air from the folder this file lies in, without internet, into the folder mata-air beside it.
setlocal
set HERE=%~dp0
set FOLDER=%HERE%mata-air
set PY=
for %%v in (3.13 3.12 3.11) do if not defined PY (py -%%v -c "import venv" >nul 2>nul && set PY=py -%%v)
if not defined PY (
  echo Perlu Python 3.11, 3.12 atau 3.13. / Python 3.11, 3.12 or 3.13 is needed.
  pause
  exit /b 1
)
%PY% -m venv "%FOLDER%" || exit /b 1
"%FOLDER%\Scripts\python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "%HERE%wheels" mata-air || (
  echo Bundel ini tidak memuat roda untuk Python ini. / This bundle has no wheels for this Python.
  pause
  exit /b 1
)
(
  echo @echo off
  echo cd /d "%%~dp0"
  echo Scripts\mata-air run --open
) > "%FOLDER%\start.cmd"
echo Mulai / start: %FOLDER%\start.cmd
pause
