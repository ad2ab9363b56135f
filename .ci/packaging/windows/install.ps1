# Installs publipostage for this person alone, and puts a shortcut into the Start menu. Nobody has
# tried it on Windows yet. Run again, it brings the program up to date; campaigns are left alone.
$ErrorActionPreference = 'Stop'
$french = (Get-UICulture).TwoLetterISOLanguageName -eq 'fr'
function Say([string] $inFrench, [string] $inEnglish) {
    if ($french) { Write-Host $inFrench } else { Write-Host $inEnglish }
}

$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$uv = Join-Path $here 'uv.exe'
$wheel = (Get-ChildItem -LiteralPath $here -Filter 'publipostage-*.whl' | Select-Object -First 1).FullName

Say 'Installation de publipostage (quelques minutes, par le réseau)…' 'Installing publipostage (some minutes, over the network)…'
& $uv tool install --force --no-build --managed-python --python @PYTHON@ --constraints (Join-Path $here 'constraints.txt') $wheel
if ($LASTEXITCODE -ne 0) {
    Say "L'installation n'a pas abouti : rien n'est changé." 'The installation failed: nothing is changed.'
    exit 1
}
# So that a terminal that is opened later knows the command too.
& $uv tool update-shell

$tools = & $uv tool dir
$home_ = Join-Path $env:LOCALAPPDATA 'publipostage'
New-Item -ItemType Directory -Force $home_ | Out-Null
$icon = Join-Path $home_ 'publipostage.ico'
Copy-Item -LiteralPath (Join-Path $here 'publipostage.ico') -Destination $icon -Force

# pythonw.exe opens no black window. -P: no module of the folder it starts in.
$shell = New-Object -ComObject WScript.Shell
$shortcut = $shell.CreateShortcut((Join-Path ([Environment]::GetFolderPath('Programs')) 'publipostage.lnk'))
$shortcut.TargetPath = Join-Path $tools 'publipostage\Scripts\pythonw.exe'
$shortcut.Arguments = '-P -m merge web'
$shortcut.WorkingDirectory = [Environment]::GetFolderPath('MyDocuments')
$shortcut.IconLocation = $icon
$shortcut.Save()
Say "C'est fait : publipostage est dans le menu Démarrer." 'Done: publipostage is in the Start menu.'
